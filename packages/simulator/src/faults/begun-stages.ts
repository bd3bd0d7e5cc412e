import {
  type ClaimedStage,
  type CommitPlan,
  type CommitResult,
  type StageKey,
  stageKeyOf,
} from "@pawl/kernel/ports";
import type { PortCall } from "../process/port-call.ts";

/** Stages that began by a call: claimed, or inserted as running by a plan that was written. */
export function begunStages(call: PortCall, answer: unknown): readonly StageKey[] {
  if (call.method === "claim") return (answer as readonly ClaimedStage[]).map(({ stage }) => stage);
  if (call.plans.length === 0) return [];
  const results = (Array.isArray(answer) ? answer : [answer]) as readonly CommitResult[];
  return call.plans.filter((_, i) => results[i]?.ok).flatMap(startedBy);
}

const startedBy = ({ writes }: CommitPlan): readonly StageKey[] =>
  writes.flatMap((write) =>
    write.op === "insert" && write.table === "stages" && write.row.status === "running"
      ? [stageKeyOf(write.row as StageKey)]
      : [],
  );
