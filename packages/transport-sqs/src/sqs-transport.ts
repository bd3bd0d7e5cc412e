import { randomUUID } from "node:crypto";
import type {
  Delivery,
  DequeueRequest,
  JobTransport,
  OutgoingJob,
  TransportCapabilities,
} from "@pawl/kernel/ports";
import { inBatches } from "./batches.ts";
import { DELAY_SECONDS_MAX, type Entry, fifoEntry, standardEntry } from "./entry.ts";
import {
  codeOf,
  isStaleReceipt,
  noQueueFor,
  SqsTransportError,
  type SqsVerb,
  TransportClosedError,
} from "./errors.ts";
import { receiptOf } from "./receipt.ts";
import { Receiving } from "./receiving.ts";
import { SqsCalls } from "./sqs-calls.ts";
import { type SqsSettings, type SqsTransportOptions, sqsSettings } from "./sqs-options.ts";

/** SQS counts its 12 hours from the receipt, and refuses what would come to more. */
const HIDE_SECONDS_MAX = 11 * 3_600;

/**
 * A `JobTransport` on Amazon SQS and on what speaks its protocol. A job that is due later than the
 * queue can delay is delivered early. After `close`, every call rejects with TransportClosedError;
 * where SQS fails, with SqsTransportError; a job that no queue takes with E_CONFIG_INVALID.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function createSqsTransport(options: SqsTransportOptions): JobTransport {
  return new SqsTransport(sqsSettings(options));
}

class SqsTransport implements JobTransport {
  readonly capabilities: TransportCapabilities;
  readonly #settings: SqsSettings;
  readonly #calls: SqsCalls;
  readonly #receiving: Receiving;

  constructor(settings: SqsSettings) {
    this.#settings = settings;
    this.#calls = new SqsCalls(settings);
    this.#receiving = new Receiving(this.#calls, settings.consumed);
    this.capabilities = {
      delivery: "pull",
      colocated: false,
      maxDelayMs: settings.urls.some(isFifo) ? 0 : DELAY_SECONDS_MAX * 1_000,
      maxMessageBytes: 1_048_576,
      maxBatch: 100,
      priority: false,
    };
  }

  async enqueue(jobs: readonly OutgoingJob[]): Promise<void> {
    this.#assertOpen("enqueue");
    const { clock, urls, placeOf } = this.#settings;
    const now = clock.now();
    const entries = new Map<number, Entry[]>();
    for (const job of jobs) {
      const place = placeOf(job.job.queue);
      if (place === undefined) throw noQueueFor(job.job.queue);
      push(entries, place, isFifo(urls[place]) ? fifoEntry(job, now) : standardEntry(job, now));
    }
    const failed: string[] = [];
    for (const [place, batch] of entries)
      failed.push(...(await inBatches(batch, (some) => this.#calls.send(place, some))));
    refuse("enqueue", failed, jobs.length);
  }

  async dequeue({ limit, waitMs }: DequeueRequest): Promise<readonly Delivery[]> {
    this.#assertOpen("dequeue");
    return translated("dequeue", () => this.#receiving.take({ limit, waitMs }));
  }

  async ack(receipts: readonly string[]): Promise<void> {
    this.#assertOpen("ack");
    const entries = new Map<number, { Id: string; ReceiptHandle: string }[]>();
    for (const text of new Set(receipts)) {
      const receipt = this.#known(text);
      if (!receipt) continue;
      push(entries, receipt.queue, { Id: randomUUID(), ReceiptHandle: receipt.handle });
    }
    const failed: string[] = [];
    for (const [place, batch] of entries)
      failed.push(...(await inBatches(batch, (some) => this.#calls.delete(place, some))));
    refuse(
      "ack",
      failed.filter((code) => !isStaleReceipt(code)),
      receipts.length,
    );
  }

  nack(receipt: string, { delayMs }: { readonly delayMs: number }): Promise<void> {
    return this.#hide("nack", receipt, delayMs);
  }

  extend(receipt: string, ms: number): Promise<void> {
    return this.#hide("extend", receipt, ms);
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  async #hide(verb: SqsVerb, text: string, ms: number): Promise<void> {
    this.#assertOpen(verb);
    const receipt = this.#known(text);
    if (!receipt) return;
    const seconds = Math.min(Math.max(Math.ceil(ms / 1_000), 0), HIDE_SECONDS_MAX);
    await translated(verb, async () => {
      try {
        await this.#calls.hide(receipt.queue, receipt.handle, seconds);
      } catch (error) {
        if (!isStaleReceipt(codeOf(error))) throw error;
      }
    });
  }

  #known(text: string): ReturnType<typeof receiptOf> {
    const receipt = receiptOf(text);
    return receipt && receipt.queue < this.#settings.urls.length ? receipt : undefined;
  }

  #assertOpen(verb: SqsVerb): void {
    if (this.#calls.closing.aborted) throw new TransportClosedError(verb);
  }
}

/** AWS demands the ending. */
const isFifo = (url = ""): boolean => url.endsWith(".fifo");

function push<E>(groups: Map<number, E[]>, place: number, entry: E): void {
  const group = groups.get(place);
  if (group) group.push(entry);
  else groups.set(place, [entry]);
}

function refuse(verb: SqsVerb, failed: readonly string[], of: number): void {
  if (failed.length === 0) return;
  throw new SqsTransportError({ verb, codes: [...new Set(failed)], failed: failed.length, of });
}

async function translated<T>(verb: SqsVerb, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new SqsTransportError({ verb, codes: [codeOf(error)] });
  }
}
