import { GlobalsGuard } from "./globals-guard.ts";
import { Heap, type Timed } from "./heap.ts";
import type { Prng } from "./prng.ts";

/** Something that may happen next; `of` names the process that it happens to. */
export interface Move {
  readonly of: string;
  run(): void;
}

interface Timer extends Timed {
  readonly move: Move;
  cancelled: boolean;
}

/** How the next of the ready moves is chosen; "fifo" is "oldest" without any chance. */
export type Order = "any" | "oldest" | "newest" | "starved" | "fifo";

export interface ScheduleOptions {
  readonly chance: Prng;
  /** Default "any". */
  readonly order?: Order;
  /** The process that "starved" passes over as long as it can. */
  readonly victim?: string;
}

/** Where every simulation begins, epoch milliseconds. */
export const START = 1_700_000_000_000;

/** Of the choices, every so many is made at random, so that no order starves anything for ever. */
const FAIR_EVERY = 8;
/** So many moves cost a millisecond: work takes time even where nothing waits. */
const MOVES_PER_MS = 16;
/** Moves of one round of the event loop; between two of them every microtask runs. */
const BATCH = 64;

const nextTurn = setImmediate;

/**
 * All that can happen, one at a time. Chance picks among what is ready, each move is followed by
 * all the microtasks that it causes, and time jumps only when nothing is ready.
 */
export class Schedule {
  now: number = START;
  /** Moves made so far. */
  made: number = 0;
  readonly #options: ScheduleOptions;
  readonly #ready: Move[] = [];
  readonly #timers = new Heap<Timer>();
  #order = 0;
  #guard: GlobalsGuard | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** What asked the machine for time or chance in the last run. */
  get ambientCalls(): readonly string[] {
    return this.#guard?.calls ?? [];
  }

  /** May happen at once. */
  add(move: Move): void {
    this.#ready.push(move);
  }

  /** Happens before all that may happen now, where moves go in order. */
  addFirst(move: Move): void {
    this.#ready.unshift(move);
  }

  /** May happen after `ms`. Answers how to prevent it. */
  after(ms: number, move: Move): () => void {
    const timer = { at: this.now + ms, order: this.#order++, move, cancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Makes moves until `done`, asked before each; resolves false when none is left. */
  run(done: () => boolean): Promise<boolean> {
    const guard = new GlobalsGuard();
    this.#guard = guard;
    guard.install();
    return new Promise<boolean>((resolve, reject) => {
      let settle: (() => void) | undefined;
      const step = (): void => {
        if (settle) return;
        guard.arm();
        try {
          if (done()) settle = () => resolve(true);
          else if (!this.#step()) settle = () => resolve(false);
        } catch (error) {
          settle = () => reject(error);
        }
      };
      const batch = (): void => {
        for (let i = 0; i < BATCH; i++) nextTurn(step);
        nextTurn(() => {
          guard.disarm();
          if (!settle) return batch();
          guard.remove();
          settle();
        });
      };
      batch();
    });
  }

  #step(): boolean {
    if (++this.made % MOVES_PER_MS === 0) this.now += 1;
    this.#wake(this.now);
    if (this.#ready.length === 0) {
      const next = this.#nextTimer();
      if (!next) return false;
      this.now = Math.max(this.now, next.at);
      this.#wake(this.now);
    }
    this.#take().run();
    return true;
  }

  #wake(until: number): void {
    for (let timer = this.#nextTimer(); timer && timer.at <= until; timer = this.#nextTimer()) {
      this.#timers.pop();
      this.#ready.push(timer.move);
    }
  }

  #nextTimer(): Timer | undefined {
    while (this.#timers.peek()?.cancelled) this.#timers.pop();
    return this.#timers.peek();
  }

  #take(): Move {
    const ready = this.#ready;
    const at = this.#choose();
    const move = ready[at] as Move;
    const { order } = this.#options;
    if (order === "oldest" || order === "newest" || order === "fifo") ready.splice(at, 1);
    else {
      const last = ready.pop() as Move;
      if (at < ready.length) ready[at] = last;
    }
    return move;
  }

  #choose(): number {
    const { chance, order = "any", victim } = this.#options;
    const count = this.#ready.length;
    if (count === 1 || order === "fifo") return 0;
    const any = Math.floor(chance.next() * count);
    if (order === "any" || this.made % FAIR_EVERY === 0) return any;
    if (order === "oldest") return 0;
    if (order === "newest") return count - 1;
    for (let i = 0; i < count; i++) {
      const at = (any + i) % count;
      if (this.#ready[at]?.of !== victim) return at;
    }
    return any;
  }
}
