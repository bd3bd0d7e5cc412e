const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds of "500ms", "3s", "1.5 m" or "2h"; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  if (!found) return text.trim() === "0" ? 0 : undefined;
  const unit = UNITS_MS.get((found[2] ?? "").toLowerCase());
  return unit === undefined ? undefined : Math.round(Number(found[1]) * unit);
}
