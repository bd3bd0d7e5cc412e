import type { SessionRef } from "@pawl/kernel/ports";
import { processPlace } from "./dead-processes.ts";
import type { HostSettings } from "./host-options.ts";

export interface SessionNews {
  /** Registered: claims may begin. */
  opened(): void;
  /** Asked from outside to take nothing more. */
  draining(): void;
}

const BEATS_PER_LEASE = 3;
const BEAT_AGAIN_MS = 1_000;

/** The lease of this process: registered, renewed, and after a loss registered anew. */
export class WorkerSession {
  readonly #settings: HostSettings;
  readonly #news: SessionNews;
  #ref: SessionRef | undefined;
  #marginMs = 0;
  #deadline = 0;
  #beatDue = 0;
  #losses = 0;

  constructor(settings: HostSettings, news: SessionNews) {
    this.#settings = settings;
    this.#news = news;
  }

  /** Undefined while there is none: nothing may be claimed then. */
  get ref(): SessionRef | undefined {
    return this.#ref;
  }

  /** How often the lease was lost. */
  get losses(): number {
    return this.#losses;
  }

  /** Milliseconds until its own deadline, which comes before the database's; negative after it. */
  get leftMs(): number {
    return this.#deadline - this.#settings.clock.monotonic();
  }

  /** Milliseconds until the next beat is due; negative when it is late. */
  get beatInMs(): number {
    return this.#beatDue - this.#settings.clock.monotonic();
  }

  async open(): Promise<void> {
    if (this.#ref) return;
    const { kernel, clock, workerId, leaseTtlMs, labels, queues } = this.#settings;
    const before = clock.monotonic();
    const { id, epoch, leaseMarginMs } = await kernel.dispatch({
      type: "worker.register",
      workerId,
      host: processPlace,
      pid: process.pid,
      labels,
      leaseTtlMs,
      ...(queues ? { queues } : {}),
    });
    this.#ref = { id, epoch };
    this.#marginMs = leaseMarginMs;
    this.#renewed(before);
    this.#news.opened();
  }

  /** Renews the lease. A session that is gone, or could not be renewed in time, is given up. */
  async beat(): Promise<void> {
    const session = this.#ref;
    if (!session) return;
    const { kernel, clock, logger, workerId } = this.#settings;
    const before = clock.monotonic();
    try {
      const reply = await kernel.dispatch({ type: "worker.beat", session });
      if (!reply.alive) return this.#lose(session, "it was declared gone");
      this.#renewed(before);
      if (reply.draining) this.#news.draining();
    } catch (error) {
      logger.log("warn", "a heartbeat failed", { workerId, session: session.id, error });
      this.#beatDue = clock.monotonic() + BEAT_AGAIN_MS;
      if (this.leftMs < 0) this.#lose(session, "its deadline passed");
    }
  }

  /**
   * Past its own deadline a session is not renewed, though nobody may have declared it gone: its
   * executions were stopped, and only the reaper counts that against what blocked this process.
   */
  async beatInTime(): Promise<void> {
    if (this.#ref && this.leftMs < 0) this.#lose(this.#ref, "its deadline passed");
    else await this.beat();
  }

  /** Ends the session: what it still owns may be claimed by others at once. */
  async close(): Promise<void> {
    const session = this.#ref;
    if (!session) return;
    this.#ref = undefined;
    await this.#settings.kernel.dispatch({
      type: "worker.deregister",
      session,
    });
  }

  #renewed(before: number): void {
    const { leaseTtlMs } = this.#settings;
    this.#deadline = before + leaseTtlMs - this.#marginMs;
    this.#beatDue = before + Math.floor(leaseTtlMs / BEATS_PER_LEASE / 1_000) * 1_000;
  }

  /**
   * Only stops what runs. What it owned is left to the reaper, which counts the loss: a stage that
   * blocks its worker time and again must not get away as if it had been given back.
   */
  #lose(session: SessionRef, why: string): void {
    const { kernel, logger, workerId } = this.#settings;
    this.#ref = undefined;
    this.#losses += 1;
    logger.log("warn", "the worker's session was lost", { workerId, session: session.id, why });
    kernel.expireSessions();
  }
}
