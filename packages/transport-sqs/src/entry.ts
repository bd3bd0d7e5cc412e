import { createHash, randomUUID } from "node:crypto";
import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import type { OutgoingJob } from "@pawl/kernel/ports";
import { textOfJob } from "./message.ts";

export interface Entry extends SendMessageBatchRequestEntry {
  readonly Id: string;
  readonly MessageBody: string;
}

/** The longest that SQS delays a message. */
export const DELAY_SECONDS_MAX = 900;

/** What SQS takes for the name of a group. */
const GROUP = /^[\x21-\x7e]{1,128}$/;

/** One that SQS delays itself, as long as it can. */
export function standardEntry({ job, notBefore }: OutgoingJob, now: number): Entry {
  const seconds = Math.ceil((notBefore - now) / 1_000);
  return {
    Id: randomUUID(),
    MessageBody: textOfJob(job),
    DelaySeconds: Math.min(Math.max(seconds, 0), DELAY_SECONDS_MAX),
  };
}

/**
 * One in the order of its run, told apart from every other dispatch of the same job. SQS delays no
 * message of a FIFO queue: what is due later goes by itself, so that giving it back until then
 * holds up nothing of its run.
 */
export function fifoEntry({ job, notBefore }: OutgoingJob, now: number): Entry {
  const dispatch = randomUUID();
  return {
    Id: dispatch,
    MessageBody: textOfJob(job),
    MessageDeduplicationId: dispatch,
    MessageGroupId: notBefore > now ? dispatch : groupOf(job.workflowRunId),
  };
}

const groupOf = (runId: string): string =>
  GROUP.test(runId) ? runId : createHash("sha256").update(runId).digest("hex");
