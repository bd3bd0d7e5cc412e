import type { AnsweredBeat } from "@pawl/kernel";
import type { SessionRef } from "@pawl/kernel/ports";
import { processPlace } from "./dead-processes.ts";
import type { HostSettings } from "./host-options.ts";
import { LeaseThread, type RenewedLease } from "./lease-thread.ts";

export interface SessionNews {
  /** Registered: claims may begin. */
  opened(): void;
  /** Asked from outside to take nothing more. */
  draining(): void;
  /** A beat, or another session, is due sooner than it was said to be. */
  beatDue(): void;
  /** Stages that this process executes. */
  load(): number;
}

const BEATS_PER_LEASE = 3;
/** Beats that a thread may be late by until the main loop beats in its place. */
const BEATS_AWAITED = 2;
const BEAT_AGAIN_MS = 1_000;

/** The lease of this process: registered, renewed, and after a loss registered anew. */
export class WorkerSession {
  readonly #settings: HostSettings;
  readonly #news: SessionNews;
  #ref: SessionRef | undefined;
  #thread: LeaseThread | undefined;
  #lease: RenewedLease | undefined;
  #marginMs = 0;
  #renewedAt = 0;
  #beatAgainAt = 0;
  #isOwed = false;
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
    const usableMs = this.#settings.leaseTtlMs - this.#marginMs;
    return this.#lastRenewal() + usableMs - this.#settings.clock.monotonic();
  }

  /** Milliseconds until the next beat is due here; negative when it is late. */
  get beatInMs(): number {
    const beats = this.#thread?.isUp ? BEATS_AWAITED : 1;
    const now = this.#settings.clock.monotonic();
    const due = this.#isOwed ? now : this.#lastRenewal() + beats * this.#everyMs;
    return Math.max(due, this.#beatAgainAt) - now;
  }

  /** Has a thread renew the lease, where the database can be reached from one. */
  startThread(): void {
    const { heartbeatDescriptor: descriptor, leaseThread } = this.#settings;
    if (!descriptor || !leaseThread || this.#thread) return;
    const parts = { ...this.#settings, descriptor, load: () => this.#news.load() };
    this.#thread = new LeaseThread(parts, {
      answered: (session, reply, before) => void this.#heed(session, { reply, before }),
      died: () => {
        this.#isOwed = true;
        this.#news.beatDue();
      },
    });
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
    const session = { id, epoch };
    this.#ref = session;
    this.#marginMs = leaseMarginMs;
    this.#renewed(before);
    if (this.#thread) this.#follow(this.#thread, session, before);
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
      this.#lease?.renewed(before);
      if (reply.draining) this.#news.draining();
    } catch (error) {
      logger.log("warn", "a heartbeat failed", { workerId, session: session.id, error });
      this.#beatAgainAt = clock.monotonic() + BEAT_AGAIN_MS;
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
    this.#ref = undefined;
    this.#rest();
    try {
      if (session) await this.#settings.kernel.dispatch({ type: "worker.deregister", session });
    } finally {
      await this.#thread?.stop();
      this.#thread = undefined;
    }
  }

  get #everyMs(): number {
    return Math.floor(this.#settings.leaseTtlMs / BEATS_PER_LEASE / 1_000) * 1_000;
  }

  #lastRenewal(): number {
    return Math.max(this.#renewedAt, this.#lease?.renewedAt() ?? this.#renewedAt);
  }

  #renewed(before: number): void {
    this.#renewedAt = before;
    this.#beatAgainAt = 0;
    this.#isOwed = false;
  }

  /** The thread renews this session, and the kernel reads from there until when it may be used. */
  #follow(thread: LeaseThread, session: SessionRef, before: number): void {
    const { kernel, leaseTtlMs } = this.#settings;
    const usableMs = leaseTtlMs - this.#marginMs;
    const lease = thread.renew(session, {
      before,
      usableMs,
      ttlMs: leaseTtlMs,
      everyMs: this.#everyMs,
    });
    this.#lease = lease;
    kernel.followRenewals(session, () => lease.renewedAt());
  }

  /** What the thread was answered goes the way of an answer that was got here. */
  async #heed(session: SessionRef, answered: AnsweredBeat): Promise<void> {
    if (this.#ref?.id !== session.id) return;
    const { kernel, logger, workerId } = this.#settings;
    try {
      const reply = await kernel.dispatch({ type: "worker.beat", session, answered });
      if (this.#ref?.id !== session.id) return;
      if (!reply.alive) this.#lose(session, "it was declared gone");
      else if (reply.draining) this.#news.draining();
    } catch (error) {
      const facts = { workerId, session: session.id, error };
      logger.log("warn", "what a heartbeat was answered could not be heeded", facts);
    }
  }

  #rest(): void {
    this.#lease = undefined;
    this.#thread?.rest();
  }

  /**
   * Only stops what runs. What it owned is left to the reaper, which counts the loss: a stage that
   * blocks its worker time and again must not get away as if it had been given back.
   */
  #lose(session: SessionRef, why: string): void {
    const { kernel, logger, workerId } = this.#settings;
    this.#ref = undefined;
    this.#rest();
    this.#losses += 1;
    logger.log("warn", "the worker's session was lost", { workerId, session: session.id, why });
    kernel.expireSessions();
    this.#news.beatDue();
  }
}
