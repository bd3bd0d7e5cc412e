import type { Heartbeat, HeartbeatReply, SeparateHeartbeat, SessionRef } from "@pawl/kernel/ports";
import type { LockedBeat } from "../statements/heartbeat.ts";

/** One connection, as long as it lasts. */
export interface Link {
  /** Takes a lock that ends with the connection. */
  lock(name: string): Promise<void>;
  /**
   * Whether others see that lock held, and this connection is the one that holds it: not so
   * behind a pooler that gives each transaction another one.
   */
  isLockSeen(name: string): Promise<boolean>;
  beat(session: SessionRef, beat: LockedBeat): Promise<HeartbeatReply>;
  close(): Promise<void>;
}

export interface Linking {
  /** Connects; calls `lost` when the connection ends. */
  connect(lost: () => void): Promise<Link>;
  /** A name that no other lock has. */
  newName(): string;
  /** Milliseconds that never step back. */
  now(): number;
}

interface Linked {
  readonly link: Link;
  readonly lockName: string | null;
}

interface Attempt {
  readonly linked: Promise<Linked>;
}

/**
 * A heartbeat on one connection at a time. Each connection takes a lock of a new name and says
 * it with every beat, so that others may take a lock that is free again for a death: it is known
 * to have been held by the connection that said so.
 */
export class LinkedHeartbeat implements SeparateHeartbeat {
  readonly #linking: Linking;
  #attempt: Attempt | undefined;
  /** Undefined until it was tried. */
  #lockable: boolean | undefined;
  #renewed: { readonly until: number; readonly under: string | null } | undefined;
  #lost = (): void => {};

  constructor(linking: Linking) {
    this.#linking = linking;
  }

  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  async beat(session: SessionRef, beat: Heartbeat): Promise<HeartbeatReply> {
    const before = this.#linking.now();
    const attempt = this.#linked();
    const { link, lockName } = await attempt.linked;
    try {
      const reply = await link.beat(session, { ...beat, lockName });
      if (reply.alive) this.#renewed = { until: before + beat.ttlMs, under: lockName };
      else this.#doubt(lockName, before);
      return reply;
    } catch (error) {
      this.#drop(attempt);
      throw error;
    }
  }

  async close(): Promise<void> {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    await attempt?.linked.then(({ link }) => link.close()).catch(() => undefined);
  }

  /**
   * Declared gone in the middle of its lease, under a lock that was never let go: here others
   * can't see who holds it, so the next session must not be judged by one.
   */
  #doubt(lockName: string | null, before: number): void {
    const renewed = this.#renewed;
    this.#renewed = undefined;
    if (lockName === null || renewed?.under !== lockName || before >= renewed.until) return;
    this.#lockable = false;
    if (this.#attempt) this.#drop(this.#attempt);
  }

  #linked(): Attempt {
    if (this.#attempt) return this.#attempt;
    const lost = (): void => {
      if (this.#drop(attempt)) this.#lost();
    };
    const attempt: Attempt = { linked: Promise.resolve().then(() => this.#connect(lost)) };
    this.#attempt = attempt;
    attempt.linked.catch(() => this.#drop(attempt));
    return attempt;
  }

  /** False when it was dropped before. */
  #drop(attempt: Attempt): boolean {
    if (this.#attempt !== attempt) return false;
    this.#attempt = undefined;
    attempt.linked.then(({ link }) => link.close()).catch(() => undefined);
    return true;
  }

  async #connect(lost: () => void): Promise<Linked> {
    const link = await this.#linking.connect(lost);
    if (this.#lockable === false) return { link, lockName: null };
    const lockName = this.#linking.newName();
    try {
      await link.lock(lockName);
      this.#lockable ??= await link.isLockSeen(lockName);
      return { link, lockName: this.#lockable ? lockName : null };
    } catch (error) {
      await link.close().catch(() => undefined);
      throw error;
    }
  }
}
