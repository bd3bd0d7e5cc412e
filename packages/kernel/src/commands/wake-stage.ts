import { SETTLED } from "../decide/draft.ts";
import { decideWakeStage } from "../decide/wake-stage.ts";
import type { SweepItem } from "../ports/persistence.ts";
import { advanceRun } from "./advance-run.ts";
import { changeRun } from "./change-run.ts";
import type { Commands } from "./command.ts";
import type { Engine } from "./engine.ts";
import { expireRun } from "./expire-run.ts";
import { findDue, forEachDue } from "./sweep.ts";

/**
 * Looks after what waits: time limits of runs, joins whose last branch died in mid-way, and, for
 * transports that deliver jobs, timers that are due. On a colocated transport the claim itself
 * takes due stages.
 */
export async function pollSuspended(
  engine: Engine,
  { limit }: Commands["stage.pollSuspended"][0],
): Promise<{ checked: number }> {
  const colocated = engine.jobTransport.capabilities.colocated;
  const due = await findDue(
    engine,
    [
      "runDeadline",
      "startDeadline",
      "joinReady",
      "stranded",
      ...(colocated ? [] : (["wakeDue"] as const)),
    ],
    { limit },
  );
  const checked = await forEachDue(engine, due, (item) => tend(engine, item));
  return { checked };
}

async function tend(engine: Engine, item: SweepItem): Promise<boolean> {
  switch (item.kind) {
    case "runDeadline":
    case "startDeadline":
      return expireRun(engine, item.runId);
    case "wakeDue":
      return wakeStage(engine, item);
    default:
      return (await advanceRun(engine, item.runId)).changed;
  }
}

async function wakeStage(engine: Engine, { runId, stage }: SweepItem): Promise<boolean> {
  if (!stage) return false;
  const { committed } = await changeRun(engine, {
    runId,
    need: { stages: [stage] },
    decide: ({ stages: [row], dbNow }) =>
      row ? decideWakeStage(row, { commitId: engine.ids.newId(), dbNow }) : SETTLED,
  });
  if (committed) engine.pokes.send({ type: "ready" });
  return committed !== undefined;
}
