import type { Simulated } from "../seed/run-scenario.ts";

/** How the runs of a play ended. */
export function endsText({ runs, problems }: Pick<Simulated, "runs" | "problems">): string {
  if (runs.length === 0) return problems.length > 0 ? "cut short" : "no run was started";
  const ended = runs.flatMap(({ endedAt, status }) => (endedAt === null ? [] : [status]));
  const held = runs.length - ended.length;
  return [
    ...(ended.length > 0 ? [`runs ended: ${ended.join(", ")}`] : []),
    ...(held > 0 ? [`runs that wait for an operator: ${held}`] : []),
  ].join("; ");
}

/** Which faults struck, and how often. */
export function strikesText(hits: Simulated["hits"]): string {
  const struck = Object.entries(hits).filter(([, count]) => count > 0);
  if (struck.length === 0) return "no fault struck";
  return `faults that struck: ${struck.map(([kind, count]) => `${kind} ${count}`).join(", ")}`;
}
