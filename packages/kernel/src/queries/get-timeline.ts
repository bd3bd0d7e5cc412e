import type { Engine } from "../engine/engine.ts";
import { unpackValue } from "../engine/unpack.ts";
import type { EventRow } from "../state/event.ts";
import type { LogRow } from "../state/records.ts";
import type { StageFacts } from "../state/stage.ts";
import type { AttemptRow, StepRow } from "../state/step.ts";
import { runRow } from "./get-run.ts";

/** What has happened in a run, in bounded lists. */
export interface Timeline {
  readonly events: readonly EventRow[];
  readonly stages: readonly StageFacts[];
  readonly steps: readonly Omit<StepRow, "output">[];
  readonly attempts: readonly AttemptRow[];
}

const ROWS_MAX = 1_000;

/** Events after `afterRev` in order, and the run's stages, steps and failed attempts. */
export async function getTimeline(
  engine: Engine,
  runId: string,
  options: { readonly afterRev?: number } = {},
): Promise<Timeline> {
  await runRow(engine, runId);
  const { query } = engine.persistence;
  const [events, stages, steps, attempts] = await Promise.all([
    query.find({
      table: "events",
      where: { runId, rev: { gt: options.afterRev ?? 0 } },
      orderBy: ["rev"],
      limit: ROWS_MAX,
    }),
    query.find({ table: "stages", where: { runId }, limit: ROWS_MAX }),
    query.find({ table: "steps", where: { runId }, limit: ROWS_MAX }),
    query.find({ table: "attempts", where: { runId }, limit: ROWS_MAX }),
  ]);
  return { events, stages, steps, attempts };
}

/** What a stage last showed by `ctx.progress`; undefined when nothing. */
export async function getProgress(
  engine: Engine,
  runId: string,
  stageId: string,
): Promise<unknown> {
  await runRow(engine, runId);
  const [row] = await engine.persistence.query.find({
    table: "stages",
    where: { runId, stageId, superseded: false },
    limit: 1,
    payloads: true,
  });
  const progress = row?.progress ?? null;
  return progress === null
    ? undefined
    : unpackValue(engine, progress, { runId, field: "progress" });
}

/** Lines of `ctx.log`, oldest first. */
export async function listLogs(engine: Engine, runId: string): Promise<readonly LogRow[]> {
  await runRow(engine, runId);
  return engine.persistence.query.find({ table: "logs", where: { runId }, limit: ROWS_MAX });
}
