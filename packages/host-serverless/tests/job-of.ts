import type { Job, StageRow } from "@pawl/kernel/ports";

type Named = Pick<
  StageRow,
  "runId" | "definition" | "stageId" | "mapIndex" | "generation" | "attempt" | "queue"
>;

/** What a transport would carry for a stage. */
export const jobOf = (stage: Named): Job => ({
  v: 1,
  jobId: `${stage.runId}-${stage.stageId}-${stage.attempt}`,
  workflowRunId: stage.runId,
  workflowId: stage.definition,
  stageId: stage.stageId,
  mapIndex: stage.mapIndex,
  generation: stage.generation,
  attempt: stage.attempt,
  queue: stage.queue,
});
