import { type SessionRef, within } from "@pawl/kernel/ports";
import type { HostSettings } from "./host-options.ts";

const BEATS_PER_LEASE = 3;
const BEAT_AGAIN_MS = 1_000;
/** How long the last invocation waits for a heartbeat that is under way. */
const LAST_BEAT_MS = 1_000;

interface Use {
  readonly ended: Promise<void>;
  end(): void;
  beating: Promise<void>;
}

/**
 * The lease of a process that is frozen between invocations: registered when first needed, used
 * again by later invocations, and renewed only while one is under way. How long the process was
 * frozen no clock of its own need tell: a session that may be old is asked about before it is used.
 */
export class WarmSession {
  readonly #settings: HostSettings;
  #ref: SessionRef | undefined;
  #usableMs: number;
  #renewedAt = 0;
  #renewedWall = 0;
  #opening: Promise<SessionRef> | undefined;
  #beat: Promise<void> | undefined;
  #users = 0;
  #use: Use | undefined;
  #opened = 0;

  constructor(settings: HostSettings) {
    this.#settings = settings;
    this.#usableMs = settings.leaseTtlMs;
  }

  get id(): string | undefined {
    return this.#ref?.id;
  }

  /** How often one was registered. */
  get opened(): number {
    return this.#opened;
  }

  /** Renews the session while `work` is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#use ??= this.#begin();
    const use = this.#use;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await this.#finish(use);
    }
  }

  /** A session that the database knew as alive a moment ago. */
  async get(): Promise<SessionRef> {
    if (this.#ref && this.#ageMs > this.#everyMs) await this.#renew();
    return this.#ref ?? this.#open();
  }

  /** Asks the database. False when the session was gone, so that the next `get` opens another. */
  async confirm(session: SessionRef): Promise<boolean> {
    if (this.#ref?.id === session.id) await this.#renew();
    return this.#ref?.id === session.id;
  }

  /** Ends the session: what it still owns may be claimed by others at once. */
  async close(): Promise<void> {
    const session = this.#ref;
    this.#ref = undefined;
    if (session) await this.#settings.kernel.dispatch({ type: "worker.deregister", session });
  }

  get #everyMs(): number {
    return Math.floor(this.#settings.leaseTtlMs / BEATS_PER_LEASE);
  }

  /** Since it was renewed last. Either clock may have stood still while the process was frozen. */
  get #ageMs(): number {
    const { clock } = this.#settings;
    return Math.max(clock.monotonic() - this.#renewedAt, clock.now() - this.#renewedWall);
  }

  #open(): Promise<SessionRef> {
    this.#opening ??= this.#register().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #register(): Promise<SessionRef> {
    const { kernel, clock, workerId, labels, leaseTtlMs, queues } = this.#settings;
    const before = [clock.monotonic(), clock.now()] as const;
    const { id, epoch, leaseMarginMs } = await kernel.dispatch({
      type: "worker.register",
      workerId,
      host: "serverless",
      pid: 0,
      labels,
      leaseTtlMs,
      ...(queues ? { queues } : {}),
    });
    this.#usableMs = leaseTtlMs - leaseMarginMs;
    [this.#renewedAt, this.#renewedWall] = before;
    this.#ref = { id, epoch };
    this.#opened += 1;
    return this.#ref;
  }

  #begin(): Use {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const use: Use = { ended, end, beating: Promise.resolve() };
    use.beating = this.#beatDuring(use);
    return use;
  }

  async #finish(use: Use): Promise<void> {
    this.#use = undefined;
    use.end();
    await within(this.#settings.runtime, use.beating, LAST_BEAT_MS);
  }

  async #beatDuring(use: Use): Promise<void> {
    const { runtime } = this.#settings;
    for (let ms = this.#everyMs; ; ) {
      await runtime.after(ms, { cancelled: use.ended });
      if (this.#use !== use) return;
      const due = this.#ref !== undefined && this.#ageMs >= this.#everyMs;
      if (due) await this.#renew();
      const left = this.#ref ? this.#everyMs - this.#ageMs : this.#everyMs;
      ms = Math.max(left, BEAT_AGAIN_MS);
    }
  }

  #renew(): Promise<void> {
    this.#beat ??= this.#renewOnce().finally(() => {
      this.#beat = undefined;
    });
    return this.#beat;
  }

  /** One heartbeat, waited for until this session's own deadline at the longest. */
  async #renewOnce(): Promise<void> {
    const session = this.#ref;
    if (!session) return;
    const { runtime, logger, workerId } = this.#settings;
    const leftMs = Math.max(this.#usableMs - this.#ageMs, BEAT_AGAIN_MS);
    const asked = this.#ask(session).catch((error: unknown) => {
      logger.log("warn", "a heartbeat failed", { workerId, session: session.id, error });
    });
    await within(runtime, asked, leftMs);
    if (this.#ref?.id === session.id && this.#ageMs > this.#usableMs) this.#lose(session);
  }

  async #ask(session: SessionRef): Promise<void> {
    const { kernel, clock } = this.#settings;
    const before = [clock.monotonic(), clock.now()] as const;
    const { alive } = await kernel.dispatch({ type: "worker.beat", session });
    if (this.#ref?.id !== session.id) return;
    if (alive) [this.#renewedAt, this.#renewedWall] = before;
    else this.#lose(session);
  }

  /** What it owned is left to the reaper. */
  #lose(session: SessionRef): void {
    const { kernel, logger, workerId } = this.#settings;
    this.#ref = undefined;
    logger.log("info", "the worker's session was lost", { workerId, session: session.id });
    kernel.expireSessions();
  }
}
