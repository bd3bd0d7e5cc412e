import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { Clock, IdSource, Runtime } from "@pawl/kernel/ports";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that stands still until everything that can happen has happened, then jumps. */
export class VirtualWorld {
  now = 1_700_000_000_000;
  #timers: Timer[] = [];
  #turns = 0;
  #ids = 0;
  #chance = 1;
  #waiters = 0;

  readonly clock: Clock = { now: () => this.now, monotonic: () => this.now };

  readonly ids: IdSource = {
    newId: () => String(++this.#ids).padStart(26, "0"),
    random: () => {
      this.#chance = (this.#chance * 48_271) % 2_147_483_647;
      return this.#chance / 2_147_483_647;
    },
  };

  readonly #storage = new AsyncLocalStorage<object>();

  readonly runtime: Runtime = {
    after: (ms, cancel) =>
      new Promise((resolve) => {
        const timer = { at: this.now + ms, fire: resolve };
        this.#timers.push(timer);
        cancel?.cancelled.then(() => {
          this.#timers = this.#timers.filter((other) => other !== timer);
          resolve();
        }, resolve);
      }),
    turn: async () => {
      this.#turns += 1;
      await macrotask();
      this.#turns -= 1;
    },
    newAbort: () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
    },
    digest: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
    scope: {
      run: (mark, body) => this.#storage.run(mark, body),
      current: () => this.#storage.getStore(),
    },
  };

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let calm = 0; calm < 4; ) {
      const before = this.#turns;
      await macrotask();
      calm = before === 0 && this.#turns === 0 ? calm + 1 : 0;
    }
  }

  /** Moves time, firing timers in order. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    await this.settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.now = Math.max(this.now, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.fire();
      await this.settle();
    }
    this.now = until;
  }

  /** Ends every `until` under way: who waited there is gone. */
  abandon(): void {
    this.#waiters += 1;
  }

  /** Waits for a promise, jumping from timer to timer. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    const waiters = this.#waiters;
    for (;;) {
      await this.settle();
      if (done) return promise;
      if (waiters !== this.#waiters) throw new Error("abandoned: the process that waited is gone");
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (!next) throw new Error("nothing will ever happen: the promise can't settle");
      await this.advance(Math.max(0, next.at - this.now));
    }
  }

  #next(until: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.at <= until);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
