import { decideExpireRun } from "../decide/expire-run.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Engine } from "../engine/engine.ts";
import { stopHere } from "./control-run.ts";

/** Ends a run past its time limit; true when it did. */
export async function expireRun(engine: Engine, runId: string): Promise<boolean> {
  const { committed } = await changeRun(engine, {
    runId,
    need: { stages: "current", waits: true },
    decide: (snapshot) => decideExpireRun(snapshot, { commitId: engine.ids.newId() }),
  });
  if (committed) stopHere(engine, { runId, status: "cancelled" });
  return committed !== undefined;
}
