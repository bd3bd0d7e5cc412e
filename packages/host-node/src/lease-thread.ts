import { Worker } from "node:worker_threads";
import {
  type Clock,
  type HeartbeatDescriptor,
  type HeartbeatReply,
  type Logger,
  type Runtime,
  type SessionRef,
  within,
} from "@pawl/kernel/ports";
import {
  type FromThread,
  instant,
  LOAD,
  msSince,
  noteRenewal,
  type Renewing,
  type ThreadData,
  type ToThread,
  TURNED_AT,
} from "./thread-messages.ts";

export interface LeaseThreadParts {
  readonly descriptor: HeartbeatDescriptor;
  readonly maxLoopBlockMs: number;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly workerId: string;
  /** Stages that this process executes. */
  load(): number;
}

export interface LeaseThreadNews {
  /** `before` is an instant of the clock, before the request was sent. */
  answered(session: SessionRef, reply: HeartbeatReply, before: number): void;
  /** It renews nothing any more. */
  died(): void;
}

export interface LeaseTerms {
  readonly ttlMs: number;
  readonly everyMs: number;
  readonly usableMs: number;
  /** Instant of the clock before the session was opened. */
  readonly before: number;
}

/** What is known here of a session that the thread renews. */
export interface RenewedLease {
  /** Instant of the clock before the last renewal was asked for. */
  renewedAt(): number;
  /** It was renewed from here. */
  renewed(before: number): void;
}

const TURN_MS = 1_000;
const TURNS_PER_BLOCK = 4;
const CLOSE_MS = 1_000;
const FROM_SOURCES = import.meta.url.endsWith(".ts");
const PROGRAM = `./heartbeat-thread${FROM_SOURCES ? ".ts" : ".js"}`;

/**
 * A thread that renews the lease while the event loop is busy. What it was answered is told once
 * the loop turns again, the last answer only; the instant of the last renewal can be read before.
 */
export class LeaseThread {
  readonly #parts: LeaseThreadParts;
  readonly #news: LeaseThreadNews;
  readonly #worker: Worker;
  readonly #main = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #turns: NodeJS.Timeout;
  readonly #exited: Promise<void>;
  #answer: (FromThread & { type: "answered" }) | undefined;
  #stopping = false;
  #isUp = true;

  constructor(parts: LeaseThreadParts, news: LeaseThreadNews) {
    this.#parts = parts;
    this.#news = news;
    const { descriptor, maxLoopBlockMs } = parts;
    this.#turned();
    const turnMs = Math.min(TURN_MS, maxLoopBlockMs / TURNS_PER_BLOCK);
    this.#turns = setInterval(() => this.#turned(), turnMs).unref();
    const workerData: ThreadData = { descriptor, maxLoopBlockMs, main: this.#main };
    this.#worker = new Worker(new URL(PROGRAM, import.meta.url), {
      workerData,
      ...(FROM_SOURCES ? { execArgv: ["--conditions=source"] } : {}),
    });
    this.#worker.unref();
    this.#worker.on("message", (message: FromThread) => this.#heard(message));
    this.#worker.on("error", (error) => this.#end(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", (code) => {
        this.#end(new Error(`it ended with code ${code}`));
        resolve();
      });
    });
  }

  /** False once it has ended. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Renews this session and no other from now on. */
  renew(session: SessionRef, { before, ...terms }: LeaseTerms): RenewedLease {
    const renewedAt = new BigInt64Array(new SharedArrayBuffer(8));
    renewedAt[0] = this.#instantOf(before);
    const renewing: Renewing = { session, renewedAt, ...terms };
    this.#tell({ type: "renew", renewing });
    let known = { sentAt: renewedAt[0], before };
    return {
      renewedAt: () => {
        const sentAt = Atomics.load(renewedAt, 0);
        if (sentAt !== known.sentAt) known = { sentAt, before: this.#clockOf(sentAt) };
        return known.before;
      },
      renewed: (at) => noteRenewal(renewing, this.#instantOf(at)),
    };
  }

  rest(): void {
    this.#tell({ type: "rest" });
  }

  /** Ends its connection and the thread. */
  async stop(): Promise<void> {
    if (this.#isUp) {
      this.#stopping = true;
      this.#worker.ref();
      this.#tell({ type: "close" });
      const closed = await within(this.#parts.runtime, this.#exited, CLOSE_MS);
      if (!closed) await this.#worker.terminate();
    }
    clearInterval(this.#turns);
  }

  #tell(message: ToThread): void {
    if (this.#isUp) this.#worker.postMessage(message);
  }

  #turned(): void {
    Atomics.store(this.#main, LOAD, BigInt(this.#parts.load()));
    Atomics.store(this.#main, TURNED_AT, instant());
  }

  #heard(message: FromThread): void {
    const { logger, workerId } = this.#parts;
    if (message.type === "failed") {
      logger.log("warn", "a heartbeat of the thread failed", { workerId, why: message.why });
      return;
    }
    const isFirst = this.#answer === undefined;
    this.#answer = message;
    if (isFirst) setImmediate(() => this.#pass());
  }

  #pass(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (!answer || this.#stopping) return;
    this.#news.answered(answer.session, answer.reply, this.#clockOf(answer.sentAt));
  }

  #end(error: unknown): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    clearInterval(this.#turns);
    if (this.#stopping) return;
    const { logger, workerId } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    logger.log("warn", "the heartbeat's thread ended: the main loop renews the lease", {
      workerId,
      why,
    });
    this.#news.died();
  }

  /** The earlier clock is read first, so that a pause in between never makes a lease longer. */
  #clockOf(then: bigint): number {
    const now = this.#parts.clock.monotonic();
    return now - msSince(then, instant());
  }

  #instantOf(before: number): bigint {
    const now = instant();
    return now - BigInt(Math.ceil((this.#parts.clock.monotonic() - before) * 1e6));
  }
}
