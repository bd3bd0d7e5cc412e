import type { Prng } from "../world/prng.ts";
import type { Move, Schedule } from "../world/schedule.ts";
import type { Trace } from "../world/trace.ts";
import type { Effect, Fate, PortCall } from "./port-call.ts";

/** What a process is told by the world that it lives in. */
export interface Surroundings {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly chance: Prng;
  /** Longest time that a call takes in sound weather; 0 for none. */
  readonly latencyMs: number;
  readonly leaseTtlMs: number;
  fateOf(process: VirtualProcess, call: PortCall): Fate;
  /** Called when a call has taken effect, before anybody hears of it. */
  settled(process: VirtualProcess, call: PortCall, answer: unknown): Promise<void>;
  /** Called when the answer reaches the process. */
  heard(process: VirtualProcess, call: PortCall, answer: unknown): void;
  crashed(process: VirtualProcess): void;
  /** True when a call that is made now takes effect even if its process dies before. */
  leaves?(process: VirtualProcess): boolean;
}

/** Answers come in a move of their own this often, so that others get in between. */
const APART = 0.4;
/** Requests that have left when their process stops or dies take effect all the same. */
const IN_FLIGHT = 0.5;

/** One life of a process: all that it ever waits for passes through here. */
export class VirtualProcess {
  readonly name: string;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  /** Its wall clock minus true time. */
  skewMs = 0;
  readonly #world: Surroundings;
  readonly #origin: number;
  #excusedUntil = 0;
  #alive = true;
  #isLeft = false;
  #paused = false;
  readonly #frozen: Move[] = [];
  #end: () => void = () => {};

  constructor(name: string, world: Surroundings) {
    this.name = name;
    this.#world = world;
    this.#origin = world.schedule.now;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  now(): number {
    return Math.floor(this.#world.schedule.now + this.skewMs);
  }

  monotonic(): number {
    return this.#world.schedule.now - this.#origin;
  }

  /** Nothing of it goes on: calls are never answered, timers never fire. */
  crash(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#frozen.length = 0;
    this.#end();
    this.#world.trace.add(`${this.name} ${this.#isLeft ? "left" : "crashed"}`);
    this.#world.crashed(this);
  }

  /** It stopped by itself and left nothing undone: no excuse for anything. */
  leave(): void {
    this.#isLeft = true;
    this.crash();
  }

  /** Something befell it that may make a body run again: its lease may be lost by it. */
  excuse(): void {
    this.#excusedUntil = this.#world.schedule.now + this.#world.leaseTtlMs;
  }

  /** True when something befell it since that instant, or shortly before. */
  isExcused(since: number): boolean {
    const isDead = !this.#alive && !this.#isLeft;
    return isDead || this.#paused || this.#excusedUntil >= since;
  }

  pause(): void {
    this.#paused = true;
    this.#world.trace.add(`${this.name} paused`);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#world.trace.add(`${this.name} resumed`);
    this.excuse();
    for (const move of this.#frozen.splice(0)) this.#world.schedule.add(move);
  }

  /** One macrotask. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#world.schedule.add(this.#own(resolve)));
  }

  /** Resolves after `ms`, or when `cancelled` does. */
  after(ms: number, cancelled?: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const prevent = this.#world.schedule.after(Math.max(0, ms), this.#own(resolve));
      const end = (): void => {
        prevent();
        resolve();
      };
      cancelled?.then(end, end);
    });
  }

  /** Makes a call of a port: its effect is one move, its answer may be another. */
  call<T>(effect: Effect<T>): Promise<T> {
    const { schedule, chance, latencyMs } = this.#world;
    return new Promise<T>((resolve, reject) => {
      const begin = (): void => this.#begin(effect, { resolve, reject });
      const leaves = this.#world.leaves?.(this) ?? chance.chance(IN_FLIGHT);
      const move = leaves ? { of: this.name, run: begin } : this.#own(begin);
      if (latencyMs === 0) schedule.add(move);
      else schedule.after(Math.floor(chance.next() ** 3 * latencyMs), move);
    });
  }

  #begin<T>(effect: Effect<T>, promised: Promised<T>): void {
    const { schedule } = this.#world;
    const fate = this.#world.fateOf(this, effect);
    if (fate.crash === "before") {
      this.crash();
      return;
    }
    const { delayMs = 0 } = fate;
    if (delayMs > 0) {
      schedule.after(delayMs, { of: this.name, run: () => this.#take(effect, fate, promised) });
    } else this.#take(effect, fate, promised);
  }

  #take<T>(effect: Effect<T>, fate: Fate, promised: Promised<T>): void {
    const settle = async (): Promise<T> => {
      if (fate.error && !fate.applied) throw fate.error;
      if (fate.error && effect.runPart) await this.#settled(effect, await effect.runPart());
      else {
        const refused = fate.refuse && effect.refuse?.(fate.refuse);
        const answer = await (refused ?? effect.run());
        await this.#settled(effect, answer);
        if (!fate.error) return answer;
      }
      throw fate.error;
    };
    settle().then(
      (answer) => {
        if (fate.crash === "after") {
          this.crash();
          return;
        }
        this.#answer(fate, () => {
          this.#world.heard(this, effect, answer);
          promised.resolve(answer);
        });
      },
      (error: unknown) => {
        this.#world.trace.add(`${this.name} ${effect.method} threw ${nameOf(error)}`);
        if (fate.crash === "after") this.crash();
        else this.#answer(fate, () => promised.reject(error));
      },
    );
  }

  #settled(effect: PortCall, answer: unknown): Promise<void> {
    return this.#world.settled(this, effect, answer);
  }

  #answer({ crash }: Fate, give: () => void): void {
    const { schedule, chance } = this.#world;
    const move = this.#own(() => {
      give();
      if (crash) schedule.addFirst({ of: this.name, run: () => this.crash() });
    });
    if (chance.chance(APART)) schedule.add(move);
    else move.run();
  }

  /** A move of this process itself: lost when it is dead, kept when it stands still. */
  #own(run: () => void): Move {
    const move: Move = {
      of: this.name,
      run: () => {
        if (!this.#alive) return;
        if (this.#paused) this.#frozen.push(move);
        else run();
      },
    };
    return move;
  }
}

interface Promised<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

const nameOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  return code ?? name ?? String(error);
};
