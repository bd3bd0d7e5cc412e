import { setTimeout as after } from "node:timers/promises";
import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";
import { codeOf } from "./errors.ts";

const ENTRIES_MAX = 10;
const BYTES_MAX = 1_048_576;
/** Requests under way at once. */
const LANES = 8;
const TRIES_MAX = 3;
const BACKOFF_MS = 100;

interface Identified {
  readonly Id?: string | undefined;
  readonly MessageBody?: string;
}

/** Carries out one request, and answers the entries that it failed for. */
export type BatchRequest<E> = (
  entries: E[],
) => Promise<readonly BatchResultErrorEntry[] | undefined>;

/**
 * Carries out all entries in as few requests as SQS allows, those that fail again by themselves.
 * Answers the code of each that failed for good.
 */
export async function inBatches<E extends Identified>(
  entries: readonly E[],
  request: BatchRequest<E>,
): Promise<readonly string[]> {
  const batches = batchesOf(entries);
  const lane = async (): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (let batch = batches.pop(); batch; batch = batches.pop())
      failed.push(...(await carriedOut(batch, request)));
    return failed;
  };
  return (await Promise.all(Array.from({ length: LANES }, lane))).flat();
}

/** By ten, and by what one request may weigh. */
function batchesOf<E extends Identified>(entries: readonly E[]): E[][] {
  const batches: E[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody ?? "");
    const batch = batches.at(-1);
    if (!batch || batch.length === ENTRIES_MAX || bytes + size > BYTES_MAX) {
      batches.push([entry]);
      bytes = size;
    } else {
      batch.push(entry);
      bytes += size;
    }
  }
  return batches;
}

/** The client has repeated a request that failed as a whole; what failed in one is up to us. */
async function carriedOut<E extends Identified>(
  batch: E[],
  request: BatchRequest<E>,
): Promise<readonly string[]> {
  const failed: string[] = [];
  let left = batch;
  for (let tries = 1; left.length > 0; tries++) {
    try {
      const errors = new Map((await request(left))?.map((error) => [error.Id, error]));
      const isAgain = (error: BatchResultErrorEntry): boolean =>
        tries < TRIES_MAX && isPassing(error);
      for (const error of errors.values())
        if (!isAgain(error)) failed.push(error.Code ?? "UnknownError");
      left = left.filter(({ Id }) => {
        const error = errors.get(Id);
        return error !== undefined && isAgain(error);
      });
    } catch (error) {
      return [...failed, ...left.map(() => codeOf(error))];
    }
    if (left.length > 0) await after(BACKOFF_MS * 2 ** tries * (0.5 + Math.random() / 2));
  }
  return failed;
}

const isPassing = ({ SenderFault, Code }: BatchResultErrorEntry): boolean =>
  SenderFault !== true || /Throttl/.test(Code ?? "");
