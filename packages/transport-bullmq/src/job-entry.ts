import type { OutgoingJob } from "@pawl/kernel/ports";
import type { JobJson } from "bullmq";

/** A year. BullMQ's scores lose their milliseconds after 2039. */
export const DELAY_MS_MAX = 31_536_000_000;

const PRIORITY_MAX = 1_000_000;

interface JobEntry {
  readonly job: JobJson;
  readonly jobId: string;
}

/**
 * A job as BullMQ stores it. It numbers the job itself: under an id of ours, a second job for the
 * same stage would be swallowed as long as BullMQ remembers the first.
 */
export function jobEntry({ job, notBefore, priority }: OutgoingJob, now: number): JobEntry {
  const opts = {
    delay: boundedDelay(notBefore - now),
    priority: bullPriority(priority),
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
  const fresh = { progress: 0, attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0 };
  const ended = { failedReason: "", returnvalue: "" };
  const data = JSON.stringify(job);
  const timestamp = Date.now();
  const stored = { id: "", name: job.workflowId, data, opts, timestamp, ...fresh, ...ended };
  return { job: stored, jobId: "" };
}

/** Whole milliseconds from 0 to a year. */
export const boundedDelay = (ms: number): number =>
  Math.ceil(Math.min(Math.max(ms, 0), DELAY_MS_MAX));

/** BullMQ takes 1 before 2 and allows up to 2,097,152; here the greater goes first. */
export const bullPriority = (priority: number): number =>
  1 + PRIORITY_MAX - Math.round(Math.min(Math.max(priority, -PRIORITY_MAX), PRIORITY_MAX));
