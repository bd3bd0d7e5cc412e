import { checkInvariants } from "@pawl/kernel";
import { stageKeyText } from "@pawl/kernel/ports";
import type { LedgerRows } from "./ledger-rows.ts";

/** Bodies as they were entered, by run: `stage/key attempt`. */
export type Bodies = ReadonlyMap<string, readonly string[]>;

/** What a run must look like: what it is without faults. */
export type Shape = string;

/** Status, stages, records and bodies of every run, by its id. */
export function shapesOf(rows: LedgerRows, bodies: Bodies): ReadonlyMap<string, Shape> {
  const shown = new Map(
    rows.runs.map(({ id, status }) => [
      id,
      { status, lines: (bodies.get(id) ?? []).map((body) => `body ${body}`) },
    ]),
  );
  const add = (runId: string, line: string): void => void shown.get(runId)?.lines.push(line);
  for (const { runId, stageId, mapIndex, generation, status, attempt } of rows.stages)
    add(runId, `stage ${stageId}/${mapIndex}/${generation} ${status} at ${attempt}`);
  for (const { runId, stageId, key, occurrence, status } of rows.steps)
    add(runId, `record ${stageId}/${key}#${occurrence} ${status}`);
  for (const { runId, stageId, step, attempt, outcome } of rows.attempts)
    add(runId, `attempt ${stageId}/${step} ${attempt} ${outcome}`);
  return new Map(
    [...shown].map(([id, { status, lines }]) => [id, [status, ...lines.sort()].join("\n")]),
  );
}

export interface Judged {
  readonly rows: LedgerRows;
  readonly bodies: Bodies;
  /** What each run must look like, of those that were started. */
  readonly expected: ReadonlyMap<string, Shape>;
}

/** What must not be, once every run has ended. */
export function judgeDelivery({ rows, bodies, expected }: Judged): readonly string[] {
  const shapes = shapesOf(rows, bodies);
  const wrong = [...expected].filter(([id, shape]) => shapes.get(id) !== shape);
  return [
    ...checkInvariants(rows).map((found) => `${found.invariant} ${found.runId} ${found.message}`),
    ...wrong.map(([id, shape]) => `run ${id} is\n${shapes.get(id)}\nand should be\n${shape}`),
    ...[...shapes.keys()].filter((id) => !expected.has(id)).map((id) => `nobody asked for ${id}`),
    ...rows.dispatch.map((row) => `a dispatch row is left of ${stageKeyText(row)}`),
    ...rows.waits
      .filter(({ outcome }) => outcome === null)
      .map((wait) => `a wait is open in ${stageKeyText(wait)}`),
  ];
}
