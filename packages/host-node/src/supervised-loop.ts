import type { Logger, Runtime } from "@pawl/kernel/ports";
import { Doorbell } from "./doorbell.ts";
import type { Outage } from "./outage.ts";

export interface LoopParts {
  readonly name: string;
  /** One round, with its waiting. */
  round(turn: LoopTurn): Promise<void>;
  readonly runtime: Pick<Runtime, "after">;
  readonly logger: Logger;
  readonly random: () => number;
  /** Of all loops of a host. */
  readonly outage: Outage;
}

export interface LoopTurn {
  /** The loop is to end: take nothing more. */
  readonly stopping: boolean;
  /**
   * At most `ms`, rounded up to whole ones, so that no fraction left by a clock makes a loop spin;
   * ends early when the loop is woken or is to end.
   */
  wait(ms: number): Promise<void>;
  /** What `work` answers, or undefined once the loop is to end; the work itself goes on. */
  unlessStopped<T>(work: Promise<T>): Promise<T | undefined>;
}

const BACKOFF_MS = 200;
const BACKOFF_MS_MAX = 10_000;

/**
 * Repeats its round until stopped. A round that throws is logged and the loop goes on after a
 * growing pause, without the other loops noticing.
 */
export class SupervisedLoop {
  readonly #parts: LoopParts;
  readonly #bell: Doorbell;
  #running: Promise<void> | undefined;
  #stopping = true;
  #stopped: Promise<void> = Promise.resolve();
  #markStopped: () => void = () => {};
  /** To be told of the end. A promise that outlives the rounds would keep what waits for each. */
  readonly #toTell = new Set<() => void>();

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#bell = new Doorbell(parts.runtime);
  }

  start(): void {
    if (this.#running) return;
    this.#stopping = false;
    this.#stopped = new Promise((resolve) => {
      this.#markStopped = resolve;
    });
    this.#running = this.#run();
  }

  wake(): void {
    this.#bell.ring();
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#markStopped();
    this.#bell.ring();
    for (const tell of this.#toTell) tell();
    await this.#running;
    this.#running = undefined;
  }

  #turn(): LoopTurn {
    const isStopping = (): boolean => this.#stopping;
    return {
      get stopping() {
        return isStopping();
      },
      wait: async (ms) => {
        if (!isStopping()) await this.#bell.wait(Math.max(1, Math.ceil(ms)));
      },
      unlessStopped: (work) => this.#unlessStopped(work),
    };
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const tell = (): void => resolve(undefined);
      this.#toTell.add(tell);
      work.then(resolve, reject).finally(() => this.#toTell.delete(tell));
      if (this.#stopping) tell();
    });
  }

  async #run(): Promise<void> {
    const { name, runtime, logger, random, outage } = this.#parts;
    const turn = this.#turn();
    for (let failures = 0; !this.#stopping; ) {
      try {
        await this.#parts.round(turn);
        if (failures > 0) outage.ended();
        failures = 0;
      } catch (error) {
        failures += 1;
        outage.began(error);
        const ms = Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
        logger.log("error", "a loop of the host failed and will start again", {
          loop: name,
          failures,
          error,
        });
        await runtime.after(ms * (0.75 + 0.5 * random()), { cancelled: this.#stopped });
      }
    }
  }
}
