import type { RedisLine } from "./redis-line.ts";

interface Waiter {
  readonly until: number;
  wake(): void;
}

const BLOCK_MS_MIN = 10;

/**
 * Rings when a queue may have something to deliver. BullMQ puts a marker beside such a queue; one
 * blocking command on a connection of its own listens to all of them.
 */
export class JobBell {
  readonly #line: RedisLine;
  readonly #markers: readonly string[];
  readonly #waiters = new Set<Waiter>();
  #listening = false;

  constructor(line: RedisLine, markers: readonly string[]) {
    this.#line = line;
    this.#markers = markers;
  }

  /** Until it rings, at most `ms`. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const waiter = { until: performance.now() + ms, wake: () => wake() };
      const timer = setTimeout(() => wake(), ms);
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      this.#waiters.add(waiter);
      if (!this.#listening) void this.#listen();
    });
  }

  /** Ends every wait. */
  ring(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  async #listen(): Promise<void> {
    this.#listening = true;
    try {
      while (this.#waiters.size > 0) await this.#hear();
    } catch {
      // Where a server is there and refuses, or none comes back, the waits end by time.
      if (!this.#line.isReady && (await this.#line.ready(this.#leftMs()))) this.ring();
    }
    this.#listening = false;
  }

  async #hear(): Promise<void> {
    const { redis } = this.#line;
    if (!(await this.#line.ready(this.#leftMs()))) throw this.#line.reason();
    const heard = await redis.bzpopmin(...this.#markers, this.#leftMs() / 1_000);
    if (!heard) return;
    if (this.#waiters.size > 0) return this.ring();
    // Nobody here looks any more: the marker is for somebody elsewhere.
    const [marker, member, score] = heard;
    await redis.zadd(marker, score, member);
  }

  #leftMs(): number {
    const now = performance.now();
    const left = [...this.#waiters].map(({ until }) => Math.ceil(until - now));
    return Math.max(BLOCK_MS_MIN, ...left);
  }
}
