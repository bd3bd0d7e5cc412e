import type { Job, StageKey } from "@pawl/kernel/ports";

const TEXT_MAX = 512;

/** The whole job that an untrusted message is; undefined when it is none of this version. */
export function jobOfMessage(message: unknown): Job | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const given = message as Partial<Job>;
  const { v, jobId, workflowRunId, workflowId, stageId, queue } = given;
  const { mapIndex, generation, attempt } = given;
  if (v !== 1 || !isText(jobId) || !isText(workflowRunId) || !isText(workflowId)) return undefined;
  if (!isText(stageId) || !isText(queue)) return undefined;
  if (!isCount(mapIndex) || !isCount(generation) || !isCount(attempt)) return undefined;
  return { v, jobId, workflowRunId, workflowId, stageId, mapIndex, generation, attempt, queue };
}

export const stageOfJob = ({ workflowRunId, stageId, mapIndex, generation }: Job): StageKey => ({
  runId: workflowRunId,
  stageId,
  mapIndex,
  generation,
});

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= TEXT_MAX;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
