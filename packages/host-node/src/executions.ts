import type { GhostReason, JobExecuted } from "@pawl/kernel";

/** What came of executions so far. */
export interface ExecutionCounts {
  readonly jobsProcessed: number;
  readonly jobsSucceeded: number;
  readonly jobsFailed: number;
  readonly jobsSuspended: number;
  /** Messages acknowledged with nothing done, by why. */
  readonly ghosts: Readonly<Partial<Record<GhostReason, number>>>;
}

export interface ExecutionsParts {
  readonly concurrency: number;
  /** A slot has become free. */
  readonly freed: () => void;
  readonly failed: (error: unknown) => void;
}

/** Takes at most so many stages and begins to execute them. */
export type Claim = (slots: number) => Promise<readonly Promise<JobExecuted>[]>;

/** A free slot that nothing else may fill meanwhile. Who waits for all to be idle waits for it. */
export interface KeptSlot {
  /** Executes in it, unless nothing may begin any more. */
  use(execute: () => Promise<JobExecuted>): void;
  giveBack(): void;
}

/** The slots of this host and what runs in them. */
export class Executions {
  readonly #parts: ExecutionsParts;
  readonly #running = new Set<Promise<void>>();
  readonly #kept = new Set<Promise<void>>();
  #closed = false;
  #reserved = 0;
  #alone = false;
  #emptying = false;
  #counts: ExecutionCounts = {
    jobsProcessed: 0,
    jobsSucceeded: 0,
    jobsFailed: 0,
    jobsSuspended: 0,
    ghosts: {},
  };

  constructor(parts: ExecutionsParts) {
    this.#parts = parts;
  }

  get counts(): ExecutionCounts {
    return this.#counts;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Slots that may be filled: none while a suspect runs or is given room. */
  get free(): number {
    if (this.#alone || this.#emptying) return 0;
    return this.#parts.concurrency - this.#running.size - this.#reserved;
  }

  /** From now on slots that come free stay empty, or are filled again. */
  leaveEmpty(emptying: boolean): void {
    this.#emptying = emptying;
  }

  /**
   * Keeps up to `max` free slots for what `claim` brings, so that loops beside each other never
   * take more than there are. Answers how many it brought.
   */
  async fill(max: number, claim: Claim): Promise<number> {
    const slots = Math.min(max, this.free);
    if (slots <= 0) return 0;
    this.#reserved += slots;
    try {
      return this.#addAll(await claim(slots));
    } finally {
      this.#reserved -= slots;
    }
  }

  /** Keeps one free slot; undefined when there is none. */
  keep(): KeptSlot | undefined {
    if (this.free <= 0) return undefined;
    this.#reserved += 1;
    let end = (): void => {};
    const kept = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#kept.add(kept);
    const release = (): void => {
      this.#reserved -= 1;
      this.#kept.delete(kept);
      end();
    };
    const giveBack = (): void => {
      release();
      this.#parts.freed();
    };
    const use = (execute: () => Promise<JobExecuted>): void => {
      if (this.#closed) giveBack();
      else {
        this.#add(execute());
        release();
      }
    };
    return { use, giveBack };
  }

  /** From now on nothing begins in a slot that was kept. */
  close(): void {
    this.#closed = true;
  }

  /** Runs what `claim` brings with nothing beside it; brings nothing when anything runs. */
  async fillAlone(claim: Claim): Promise<number> {
    if (this.#alone || this.#running.size + this.#reserved > 0) return 0;
    this.#alone = true;
    let claimed = 0;
    try {
      claimed = this.#addAll(await claim(1));
    } finally {
      if (claimed === 0) this.#alone = false;
    }
    return claimed;
  }

  /** Resolves when nothing runs, and no slot is kept for what is about to. */
  async whenIdle(): Promise<void> {
    while (this.#running.size + this.#kept.size > 0) {
      await Promise.all([...this.#running, ...this.#kept]);
    }
  }

  #addAll(executions: readonly Promise<JobExecuted>[]): number {
    for (const execution of executions) this.#add(execution);
    return executions.length;
  }

  #add(execution: Promise<JobExecuted>): void {
    const running = execution
      .then(
        (executed) => this.#count(executed),
        (error: unknown) => this.#parts.failed(error),
      )
      .then(() => {
        this.#running.delete(running);
        if (this.#running.size === 0) this.#alone = false;
        this.#parts.freed();
      });
    this.#running.add(running);
  }

  /** All stages of a sticky chain but the last have been completed. */
  #count({ outcome, stages, ghost }: JobExecuted): void {
    const is = (one: JobExecuted["outcome"]): number => (outcome === one ? 1 : 0);
    const before = Math.max(0, stages - 1);
    const { jobsProcessed, jobsSucceeded, jobsFailed, jobsSuspended, ghosts } = this.#counts;
    this.#counts = {
      jobsProcessed: jobsProcessed + stages,
      jobsSucceeded: jobsSucceeded + before + is("completed"),
      jobsFailed: jobsFailed + is("failed"),
      jobsSuspended: jobsSuspended + is("suspended"),
      ghosts: ghost ? { ...ghosts, [ghost]: (ghosts[ghost] ?? 0) + 1 } : ghosts,
    };
  }
}
