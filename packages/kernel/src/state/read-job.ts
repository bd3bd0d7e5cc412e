import type { Job } from "./dispatch.ts";
import type { StageKey } from "./ids.ts";

/** What an untrusted message points at. */
export interface ReadJob {
  readonly stage: StageKey;
  readonly attempt: number;
}

export type JobFault = "malformed" | "otherVersion" | "tooLarge";

/** A job is under 1 KB; texts of its size, and longer ones, are no ids of this engine. */
const ID_LENGTH_MAX = 1_000;
/** Characters of a message as JSON: room for what other versions of this engine may add. */
const JOB_LENGTH_MAX = 4_096;

/**
 * Reads a message as a transport brought it: the stage that it names, or why it is no job. What it
 * answers is safe to give to a store.
 */
export function readJob(message: unknown): ReadJob | JobFault {
  if (typeof message === "string" && message.length > JOB_LENGTH_MAX) return "tooLarge";
  if (typeof message !== "object" || message === null) return "malformed";
  const {
    v,
    workflowRunId: runId,
    stageId,
    mapIndex,
    generation,
    attempt,
  } = message as Partial<Job>;
  if (v !== 1) return Number.isSafeInteger(v) ? "otherVersion" : "malformed";
  if (typeof runId !== "string" || typeof stageId !== "string") return "malformed";
  if (runId.length > ID_LENGTH_MAX || stageId.length > ID_LENGTH_MAX) return "tooLarge";
  if (!isPlain(runId) || !isPlain(stageId)) return "malformed";
  if (!isCount(mapIndex) || !isCount(generation) || !isCount(attempt)) return "malformed";
  const length = lengthOf(message);
  if (length === undefined) return "malformed";
  if (length > JOB_LENGTH_MAX) return "tooLarge";
  return { stage: { runId, stageId, mapIndex, generation }, attempt };
}

/** The stage that an untrusted message names; undefined when it is no job. */
export function stageOfJob(message: unknown): StageKey | undefined {
  const job = readJob(message);
  return typeof job === "string" ? undefined : job.stage;
}

/** Undefined for what can't have come as JSON. */
function lengthOf(message: object): number | undefined {
  try {
    return JSON.stringify(message)?.length;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/** Control characters and halves of surrogate pairs are in no id, and stores choke on them. */
const isPlain = (id: string): boolean =>
  [...id].every((char) => char >= " " && !/^[\ud800-\udfff]$/.test(char));
