import type { FinishPlan } from "../decide/finish-stage.ts";
import { startedStage } from "../engine/started-stage.ts";
import type { Committed } from "../state/plan.ts";
import type { ClaimedStage, UpstreamOutput } from "../state/snapshot.ts";
import type { Execution } from "./execution.ts";

/** The stage that an end has started for this session; undefined when it is not ours any more. */
export async function continuation(
  execution: Execution,
  { plan, started }: FinishPlan & { readonly started: string },
  result: Committed,
): Promise<ClaimedStage | undefined> {
  const { engine, claimed, key } = execution;
  const run = { ...claimed.run, rev: result.revs[key.runId] ?? claimed.run.rev };
  const next = await startedStage(engine, { plan, stageId: started, run, result });
  return next && { ...next, upstream: readable(execution, plan.writes, next.stage.reads) };
}

/** True when this execution holds every output that the next stage reads. */
export function holdsReads({ claimed, node }: Execution, reads: readonly string[]): boolean {
  const held = new Set([node.id, ...claimed.upstream.map((up) => up.stageId)]);
  return reads.every((id) => held.has(id));
}

function readable(
  { claimed, node, key }: Execution,
  writes: FinishPlan["plan"]["writes"],
  reads: readonly string[],
): UpstreamOutput[] {
  const end = writes.find(
    (write) => write.op === "update" && write.table === "stages" && write.key.stageId === node.id,
  );
  const output = (end as { set: { output?: string } }).set.output ?? null;
  const own: UpstreamOutput = {
    stageId: node.id,
    mapIndex: key.mapIndex,
    status: "completed",
    output,
  };
  return [own, ...claimed.upstream].filter((up) => reads.includes(up.stageId));
}
