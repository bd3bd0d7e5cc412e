import { decideStartRun } from "../decide/start-run.ts";
import { announceWork } from "../engine/announce-work.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { findDue, tendDue } from "../engine/sweep.ts";

/** Admits pending runs whose start time has come. */
export async function claimPending(
  engine: Engine,
  { limit }: Commands["run.claimPending"][0],
): Promise<{ claimed: number }> {
  const due = await findDue(engine, ["startDue"], { limit });
  const claimed = await tendDue(engine, due, ({ runId }) => startRun(engine, runId));
  if (claimed > 0) announceWork(engine);
  return { claimed };
}

export async function startRun(engine: Engine, runId: string): Promise<boolean> {
  const { committed } = await changeRun(engine, {
    runId,
    need: { stages: "current" },
    decide: (snapshot) =>
      decideStartRun(snapshot, {
        commitId: engine.ids.newId(),
        ageingMs: engine.limits.priorityAgeingMs,
      }),
  });
  return committed !== undefined;
}
