import type { OutgoingJob, StageRow } from "@pawl/kernel/ports";

/** The hint that a queue gets of a stage that may be claimed, now or when it is due. */
export function jobOfStage(row: StageRow): OutgoingJob {
  const { runId, stageId, mapIndex, generation, attempt, queue, priority } = row;
  return {
    notBefore: row.status === "suspended" ? (row.wakeAt ?? row.availableAt) : row.availableAt,
    priority,
    job: {
      v: 1,
      jobId: `${runId}/${stageId}`,
      workflowRunId: runId,
      workflowId: row.definition.split("@")[0] ?? "",
      stageId,
      mapIndex,
      generation,
      attempt,
      queue,
    },
  };
}
