import { SETTLED } from "../decide/draft.ts";
import { decideWakeStage } from "../decide/wake-stage.ts";
import { announceWork } from "../engine/announce-work.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { sweepDue, tendDue } from "../engine/sweep.ts";
import type { SweepItem, SweepKind } from "../ports/persistence.ts";
import type { EpochMs } from "../state/time.ts";
import { advanceRun } from "./advance-run.ts";
import { expireRun } from "./expire-run.ts";
import { reapOrphan } from "./reap-lease.ts";

/**
 * Looks after what waits: time limits of runs, joins whose last branch died in mid-way, and, for
 * transports that deliver jobs, timers that are due. On a colocated transport the claim itself
 * takes due stages.
 */
export async function pollSuspended(
  engine: Engine,
  { limit }: Commands["stage.pollSuspended"][0],
): Promise<{ checked: number }> {
  const { items, dbNow } = await sweepDue(engine, waitKinds(engine, true), { limit });
  const checked = await tendDue(engine, items, (item) => tend(engine, item, dbNow));
  return { checked };
}

/** Kinds of waiting that a round looks for; a colocated claim takes due timers itself. */
export const waitKinds = (engine: Engine, thorough: boolean): readonly SweepKind[] => [
  "runDeadline",
  "startDeadline",
  "joinReady",
  ...(thorough ? (["stranded"] as const) : []),
  ...(engine.jobTransport.capabilities.colocated ? [] : (["wakeDue"] as const)),
];

/** Looks after one item that a sweep found at `dbNow`; true when something was done. */
export async function tend(engine: Engine, item: SweepItem, dbNow: EpochMs): Promise<boolean> {
  switch (item.kind) {
    case "runDeadline":
    case "startDeadline":
      return expireRun(engine, item);
    case "wakeDue":
      return wakeStage(engine, item);
    case "stranded":
      if (item.stage) return reapOrphan(engine, { stage: item.stage, dbNow });
      return (await advanceRun(engine, item.runId)).changed;
    default:
      return (await advanceRun(engine, item.runId)).changed;
  }
}

async function wakeStage(engine: Engine, { runId, stage }: SweepItem): Promise<boolean> {
  if (!stage) return false;
  const { committed, snapshot } = await changeRun(engine, {
    runId,
    need: { stages: [stage] },
    decide: ({ stages: [row], dbNow }) =>
      row ? decideWakeStage(row, { commitId: engine.ids.newId(), dbNow }) : SETTLED,
  });
  if (committed)
    announceWork(
      engine,
      snapshot.stages.map(({ queue }) => queue),
    );
  return committed !== undefined;
}
