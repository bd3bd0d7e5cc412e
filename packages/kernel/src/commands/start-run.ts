import { SETTLED } from "../decide/draft.ts";
import { decideStartRun } from "../decide/start-run.ts";
import { changeRun } from "./change-run.ts";
import type { Commands } from "./command.ts";
import type { Engine } from "./engine.ts";
import { findDue, forEachDue } from "./sweep.ts";

/** Admits pending runs whose start time has come. */
export async function claimPending(
  engine: Engine,
  { limit }: Commands["run.claimPending"][0],
): Promise<{ claimed: number }> {
  const due = await findDue(engine, ["startDue"], { limit });
  const claimed = await forEachDue(engine, due, ({ runId }) => startRun(engine, runId));
  if (claimed > 0) engine.pokes.send({ type: "ready" });
  return { claimed };
}

export async function startRun(engine: Engine, runId: string): Promise<boolean> {
  const { committed } = await changeRun(engine, {
    runId,
    need: {},
    decide: (snapshot) => {
      const workflow = engine.registry.byDefinition(snapshot.run.definition);
      if (!workflow) return SETTLED;
      return decideStartRun(snapshot, {
        commitId: engine.ids.newId(),
        graph: workflow.graph,
        ageingMs: engine.limits.priorityAgeingMs,
      });
    },
  });
  return committed !== undefined;
}
