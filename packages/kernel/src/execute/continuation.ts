import { onlySuccessor } from "../decide/finish-branch.ts";
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

/** The next stage is one that this session serves and whose reads it holds already. */
export function mayContinue(execution: Execution): boolean {
  const { session, workflow, node, held, claimed } = execution;
  const next = onlySuccessor(workflow.graph, node.id);
  if (!next || held || session.draining) return false;
  const queue = next.stage.queue ?? claimed.run.queue;
  return session.serves(queue) && holdsReads(execution, [...next.after, ...next.stage.uses]);
}

function holdsReads({ claimed, node }: Execution, reads: readonly string[]): boolean {
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
