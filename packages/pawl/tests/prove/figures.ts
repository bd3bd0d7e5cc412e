import type { Audit } from "./audit.ts";

/** Figures of two reports about different databases, together. */
export function summed<R extends object>(one: R, other: R): R {
  const sum = (a: unknown, b: unknown): unknown => {
    if (Array.isArray(a)) return a.concat(b);
    if (typeof a === "object" && a !== null) return summed(b as object, a);
    return typeof a === "number" ? a + Number(b ?? 0) : a;
  };
  const entries = Object.entries(one).map(([name, value]) => [
    name,
    sum(value, (other as Record<string, unknown>)[name]),
  ]);
  return { ...other, ...Object.fromEntries(entries) } as R;
}

/** Lists of milliseconds as their quantiles. */
export function figuresOf(report: Audit): Record<string, unknown> {
  const entries = Object.entries(report).map(([name, value]) => {
    const isTimes = name.endsWith("sMs") && Array.isArray(value);
    return [name, isTimes ? quantiles(value as number[]) : value];
  });
  return Object.fromEntries(entries);
}

function quantiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function shownFigure(name: string, value: unknown): string {
  if (name === "violations") return `violations ${(value as string[]).length}`;
  return `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`;
}
