import type { Job, StageKey } from "@pawl/kernel/ports";

/** The stage that an untrusted message names; undefined when it names none. */
export function stageOfJob(body: unknown): StageKey | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { v, workflowRunId: runId, stageId, mapIndex, generation } = body as Partial<Job>;
  if (v !== 1 || typeof runId !== "string" || typeof stageId !== "string") return undefined;
  if (!isCount(mapIndex) || !isCount(generation)) return undefined;
  return { runId, stageId, mapIndex, generation };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
