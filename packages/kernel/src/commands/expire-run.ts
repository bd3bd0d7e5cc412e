import { decideExpireRun } from "../decide/expire-run.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Engine } from "../engine/engine.ts";
import type { SweepItem } from "../ports/persistence.ts";
import { stopHere } from "./control-run.ts";

/** Ends a run past its time limit, or whose given stage is past its own; true when it did. */
export async function expireRun(
  engine: Engine,
  { runId, stage }: Pick<SweepItem, "runId" | "stage">,
): Promise<boolean> {
  const { committed } = await changeRun(engine, {
    runId,
    need: stage ? { stages: [stage] } : {},
    decide: (snapshot) => decideExpireRun(snapshot, { commitId: engine.ids.newId() }),
  });
  if (committed) stopHere(engine, { runId, status: "cancelled" });
  return committed !== undefined;
}
