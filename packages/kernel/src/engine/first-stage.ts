import type { AnyWorkflow } from "../define/workflow.ts";
import type { RunId } from "../state/ids.ts";
import type { CommitPlan, Committed } from "../state/plan.ts";
import { resolved } from "../state/resolved.ts";
import type { RunRow } from "../state/run.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import type { StartEngine } from "./bound-engine.ts";
import { startedStage } from "./started-stage.ts";

interface Started {
  readonly runId: RunId;
  readonly workflow: AnyWorkflow;
}

interface Written {
  readonly plan: CommitPlan;
  readonly result: Committed;
}

/** A start that is stored stands, whatever hinders its stage: the session gives it back later. */
export async function firstStage(
  engine: StartEngine,
  { runId, workflow }: Started,
  { plan, result }: Written,
): Promise<ClaimedStage | undefined> {
  try {
    const run = result.replayed
      ? await engine.persistence.query.get("runs", { id: runId })
      : insertedRun(plan, result);
    const stageId = workflow.graph.roots[0] as string;
    return run && (await startedStage(engine, { plan, stageId, run, result }));
  } catch (error) {
    engine.logger.log("warn", "a run was started, but could not begin at once", { runId, error });
    return undefined;
  }
}

function insertedRun({ writes }: CommitPlan, { dbNow }: Committed): RunRow {
  const insert = writes.find((write) => write.op === "insert" && write.table === "runs");
  return resolved((insert as { row: object }).row, dbNow) as RunRow;
}
