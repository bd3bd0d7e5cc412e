import type {
  Clock,
  Delivery,
  DequeueRequest,
  JobTransport,
  OutgoingJob,
  TransportCapabilities,
} from "@pawl/kernel/ports";
import { createRedisBackend, type WorkerOptions } from "bullmq";
import {
  type BullmqSettings,
  type BullmqTransportOptions,
  bullmqSettings,
} from "./bullmq-options.ts";
import { TransportClosedError, TransportUnavailableError } from "./errors.ts";
import { JobBell } from "./job-bell.ts";
import { boundedDelay, DELAY_MS_MAX } from "./job-entry.ts";
import { JobQueue, type Taken } from "./job-queue.ts";
import { type Receipt, readReceipt } from "./receipt.ts";
import { RedisLine } from "./redis-line.ts";

const CAPABILITIES: TransportCapabilities = {
  delivery: "pull",
  colocated: false,
  maxDelayMs: DELAY_MS_MAX,
  maxMessageBytes: 1_048_576,
  maxBatch: 1_000,
  priority: true,
};

/**
 * A `JobTransport` on BullMQ. It connects when first used. Where Redis is away, calls reject with
 * TransportUnavailableError after `commandTimeoutMs`, and work again when it is back; after `close`
 * waiting dequeues answer nothing and every other call rejects with TransportClosedError.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function createBullmqTransport(options: BullmqTransportOptions): JobTransport {
  const transport = new BullmqTransport(bullmqSettings(options));
  return {
    capabilities: CAPABILITIES,
    enqueue: (jobs) => transport.enqueue(jobs),
    dequeue: (request) => transport.dequeue(request),
    ack: (receipts) => transport.ack(receipts),
    nack: (receipt, { delayMs }) => transport.nack(receipt, delayMs),
    extend: (receipt, ms) => transport.extend(receipt, ms),
    close: () => transport.close(),
  };
}

/** Of a fleet, whoever is second within half the interval need not look again. */
const RECOVERY_SHARE = 0.5;

class BullmqTransport {
  readonly #clock: Pick<Clock, "now">;
  readonly #timeoutMs: number;
  readonly #recoveryMs: number;
  readonly #line: RedisLine;
  readonly #bellLine: RedisLine;
  readonly #bell: JobBell;
  readonly #queues: readonly JobQueue[];
  readonly #queueNamed: (name: string) => JobQueue;
  readonly #calls = new Set<Promise<unknown>>();
  #turn = 0;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor({ connection, queues, commandTimeoutMs, ...settings }: BullmqSettings) {
    this.#clock = settings.clock;
    this.#timeoutMs = commandTimeoutMs;
    this.#recoveryMs = settings.recoveryIntervalMs;
    this.#line = new RedisLine(connection, commandTimeoutMs);
    this.#bellLine = new RedisLine(connection, this.#recoveryMs + commandTimeoutMs);
    const worker: WorkerOptions = {
      connection: this.#line.redis,
      prefix: settings.prefix,
      lockDuration: settings.visibilityMs,
      stalledInterval: Math.ceil(this.#recoveryMs * RECOVERY_SHARE),
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    };
    const root = createRedisBackend("pawl", worker);
    root.on("error", () => {});
    this.#queueNamed = (name) => new JobQueue(name, root);
    this.#queues = queues.map(this.#queueNamed);
    this.#bell = new JobBell(
      this.#bellLine,
      this.#queues.map((queue) => queue.marker),
    );
  }

  async enqueue(jobs: readonly OutgoingJob[]): Promise<void> {
    const queues = [...new Set(jobs.map(({ job }) => job.queue))];
    await this.#call("enqueue", async () => {
      const now = this.#clock.now();
      const send = (name: string): Promise<void> => {
        const its = jobs.filter(({ job }) => job.queue === name);
        return this.#queueNamed(name).add(its, now);
      };
      await allDone(queues.map(send));
    });
  }

  async dequeue({ limit, waitMs }: DequeueRequest): Promise<readonly Delivery[]> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const { deliveries, nextMs = waitMs } = await this.#call("dequeue", () => this.#look(limit));
      const leftMs = deadline - performance.now();
      if (deliveries.length > 0 || leftMs <= 0 || this.#closing) return deliveries;
      await this.#bell.wait(Math.max(1, Math.min(leftMs, nextMs, this.#recoveryMs)));
      if (this.#closing) return [];
    }
  }

  async ack(receipts: readonly string[]): Promise<void> {
    const held = receipts.map(readReceipt).filter((receipt) => receipt !== undefined);
    const finish = (receipt: Receipt): Promise<void> =>
      this.#queueNamed(receipt.queue).finish(receipt);
    await this.#call("ack", () => allDone(held.map(finish)));
  }

  async nack(text: string, delayMs: number): Promise<void> {
    await this.#change("nack", text, (queue, receipt) =>
      queue.giveBack(receipt, boundedDelay(delayMs)),
    );
  }

  async extend(text: string, ms: number): Promise<void> {
    await this.#change("extend", text, (queue, receipt) =>
      queue.extend(receipt, Math.max(1, boundedDelay(ms))),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#bell.ring();
    this.#bellLine.close();
    await Promise.allSettled(this.#calls);
    this.#line.close();
  }

  async #change(
    verb: string,
    text: string,
    change: (queue: JobQueue, receipt: Receipt) => Promise<void>,
  ): Promise<void> {
    const receipt = readReceipt(text);
    await this.#call(verb, async () => {
      if (receipt) await change(this.#queueNamed(receipt.queue), receipt);
    });
  }

  /** One queue after the other, another one first every time. */
  async #look(limit: number): Promise<Taken> {
    await this.#recover();
    const queues = this.#queues;
    const start = this.#turn++;
    const deliveries: Delivery[] = [];
    const dueMs: number[] = [];
    for (let i = 0; i < queues.length && deliveries.length < limit; i++) {
      const queue = queues[(start + i) % queues.length] as JobQueue;
      const taken = await this.#takeFrom(queue, limit - deliveries.length, deliveries.length);
      deliveries.push(...taken.deliveries);
      if (taken.nextMs !== undefined) dueMs.push(taken.nextMs);
    }
    return dueMs.length > 0 ? { deliveries, nextMs: Math.min(...dueMs) } : { deliveries };
  }

  /** What was taken from other queues is not lost with the connection. */
  async #takeFrom(queue: JobQueue, limit: number, before: number): Promise<Taken> {
    try {
      return await queue.take(limit);
    } catch (error) {
      if (before === 0) throw error;
      return { deliveries: [] };
    }
  }

  /** BullMQ leaves this to workers with a processor; without one nobody else does it. */
  async #recover(): Promise<void> {
    const now = performance.now();
    if (now - this.#recoveredAt < this.#recoveryMs) return;
    this.#recoveredAt = now;
    await allDone(this.#queues.map((queue) => queue.recover()));
  }

  async #call<T>(verb: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new TransportClosedError(verb);
    const call = this.#answered(verb, work);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** When the connection breaks, once more: nothing asked here does harm when done twice. */
  async #answered<T>(verb: string, work: () => Promise<T>): Promise<T> {
    const line = this.#line;
    const until = performance.now() + this.#timeoutMs;
    let failure: unknown;
    for (let tries = 0; tries < 2; tries++) {
      if (!(await line.ready(until - performance.now()))) break;
      try {
        return await work();
      } catch (error) {
        failure = line.reason(error);
        if (line.isReady) break;
      }
    }
    throw new TransportUnavailableError(verb, failure ?? line.reason());
  }
}

/** Waits for each, so that none fails unheard after another has. */
async function allDone(calls: readonly Promise<void>[]): Promise<void> {
  for (const call of await Promise.allSettled(calls)) {
    if (call.status === "rejected") throw call.reason;
  }
}
