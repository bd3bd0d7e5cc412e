import type { Kernel } from "@pawl/kernel";
import type { Logger, SeenSession } from "@pawl/kernel/ports";
import { sessionsOfDeadProcesses } from "./dead-processes.ts";
import type { LoopTurn } from "./supervised-loop.ts";

export interface DeathWatchParts {
  readonly kernel: Pick<Kernel, "query" | "dispatch">;
  readonly logger: Logger;
  readonly workerId: string;
  readonly orchestrationIntervalMs: number;
  readonly random: () => number;
  /** Id of the session of this process. */
  own(): string | undefined;
}

const LOOK_MS = 3_000;
/** In which a worker that merely lost its connection makes another. */
const GRACE_MS = 1_200;
const JITTER = 0.1;
const NOT_NEEDED_MS = 60_000;
/** Where the database tells of deaths, the list of processes is only asked every so often. */
const LIST_EVERY = 4;

/** Work of a process that died moves on now, not when its lease has run out. */
export class DeathWatch {
  readonly #parts: DeathWatchParts;
  #isNeeded = false;
  #looks = 0;

  constructor(parts: DeathWatchParts) {
    this.#parts = parts;
  }

  /**
   * Takes the work of processes of this machine that are gone. True when `round` begins to be
   * needed: where others work whose death the database would notice.
   */
  async lookHere(): Promise<boolean> {
    const { kernel, logger, workerId, own } = this.#parts;
    const wasNeeded = this.#isNeeded;
    this.#looks += 1;
    if (wasNeeded && this.#looks % LIST_EVERY !== 0) return false;
    try {
      const workers = await kernel.query.listWorkers();
      this.#isNeeded = workers.some(({ id, lockName }) => lockName !== null && id !== own());
      await this.#reap(sessionsOfDeadProcesses(workers), "workers of this machine died");
    } catch (error) {
      logger.log("warn", "dead workers could not be looked for", { workerId, error });
    }
    return this.#isNeeded && !wasNeeded;
  }

  /** Takes the work of those that the database takes for dead twice, with no beat between. */
  async round(turn: LoopTurn): Promise<void> {
    if (!this.#isNeeded) return turn.wait(NOT_NEEDED_MS);
    const { kernel, orchestrationIntervalMs, random } = this.#parts;
    const seemDead = await kernel.query.deadSessions();
    if (seemDead.length > 0) {
      await turn.wait(GRACE_MS);
      const still = await kernel.query.deadSessions();
      const dead = still.filter((one) => seemDead.some((before) => isUnbeaten(before, one)));
      await this.#reap(dead, "workers died, as the database noticed");
    }
    await turn.wait(Math.min(LOOK_MS, orchestrationIntervalMs) * (1 - JITTER * random()));
  }

  async #reap(dead: readonly SeenSession[], what: string): Promise<void> {
    if (dead.length === 0) return;
    const { kernel, logger, workerId } = this.#parts;
    logger.log("info", what, { workerId, sessions: dead.map(({ id }) => id) });
    await kernel.dispatch({ type: "lease.reapStale", dead });
  }
}

const isUnbeaten = (before: SeenSession, now: SeenSession): boolean =>
  before.id === now.id && before.version === now.version;
