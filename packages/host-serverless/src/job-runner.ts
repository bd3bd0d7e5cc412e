import { EngineError, type GhostReason, type JobExecuted } from "@pawl/kernel";
import { type ClaimedStage, type SessionRef, type StageKey, stageOfJob } from "@pawl/kernel/ports";
import type { HostSettings } from "./host-options.ts";
import type { InvocationBudget } from "./invocation-budget.ts";
import { Turnstile } from "./turnstile.ts";
import type { WarmSession } from "./warm-session.ts";

/**
 * What came of a job. Besides what the kernel says: `lost`, the stage was taken over while it ran
 * here; `deferred`, the invocation had no time or queries left to begin it.
 */
export type HandledOutcome = JobExecuted["outcome"] | "lost" | "deferred";

export interface JobHandled {
  readonly outcome: HandledOutcome;
  /** Stages executed: more than one where one followed the other. */
  readonly stages: number;
  /** When to look again, in database time, if anything is known to fall due. */
  readonly retryAt?: number;
  /** Of a ghost: why there was nothing to do. */
  readonly ghost?: GhostReason;
}

/** What came of the jobs seen to so far. */
export interface JobCounts {
  readonly jobs: Readonly<Partial<Record<HandledOutcome, number>>>;
  /** The ghosts among them, by why there was nothing to do. */
  readonly ghosts: Readonly<Partial<Record<GhostReason, number>>>;
}

const DEFERRED: JobHandled = { outcome: "deferred", stages: 0 };
const BUSY: JobExecuted = { outcome: "busy", stages: 0 };
/** Sessions that turn out to be gone before it is believed that nothing is to be had. */
const SESSIONS_MAX = 3;

/** Runs jobs of all invocations of this process under its one session. */
export class JobRunner {
  readonly #settings: HostSettings;
  readonly #session: WarmSession;
  readonly #turnstile = new Turnstile();
  readonly #running = new Set<Promise<unknown>>();
  #counts: JobCounts = { jobs: {}, ghosts: {} };

  constructor(settings: HostSettings, session: WarmSession) {
    this.#settings = settings;
    this.#session = session;
  }

  get running(): number {
    return this.#running.size;
  }

  get counts(): JobCounts {
    return this.#counts;
  }

  async whenIdle(): Promise<void> {
    while (this.#running.size > 0 || this.#turnstile.isShut) {
      await Promise.allSettled(this.#running);
      await this.#turnstile.pass();
    }
  }

  /** Looks at what an untrusted message names. */
  async handle(message: unknown, budget: InvocationBudget): Promise<JobHandled> {
    await this.#turnstile.pass();
    if (budget.isSpent) return this.#count(DEFERRED);
    return this.#run(this.#hint(message, budget));
  }

  /**
   * Claims ready stages and begins to execute them. When there are none, and nothing runs here,
   * it executes one that must be alone.
   */
  async executeReady(
    limit: number,
    budget: InvocationBudget,
  ): Promise<readonly Promise<JobHandled>[]> {
    await this.#turnstile.pass();
    for (let tries = 1; ; tries++) {
      const session = await this.#session.get();
      const claimed = await this.#claim(session, { limit });
      if (claimed.length > 0) {
        return claimed.map((stage) => this.#run(this.#execute(session, stage, budget)));
      }
      if (tries < SESSIONS_MAX && !(await this.#session.confirm(session))) continue;
      const alone = await this.#executeAlone({ session, budget, beside: 0 });
      return alone ? [this.#run(Promise.resolve(alone))] : [];
    }
  }

  async #run(executing: Promise<JobExecuted>): Promise<JobHandled> {
    this.#running.add(executing);
    try {
      return this.#count(handled(await executing));
    } finally {
      this.#running.delete(executing);
    }
  }

  async #hint(message: unknown, budget: InvocationBudget): Promise<JobExecuted> {
    const stage = stageOfJob(message);
    for (let tries = 1; ; tries++) {
      const session = await this.#session.get();
      const executed = await this.#settings.kernel
        .dispatch({ type: "job.execute", session, job: message, budget })
        .catch(ifSessionLost);
      if (executed && (executed.outcome !== "busy" || executed.stages > 0)) return executed;
      if (tries < SESSIONS_MAX && !(await this.#session.confirm(session))) continue;
      const alone = stage && (await this.#executeAlone({ session, budget, stage, beside: 1 }));
      return alone ?? executed ?? BUSY;
    }
  }

  /** A stage that was lost time and again is executed with nothing beside it. */
  async #executeAlone(suspect: {
    readonly session: SessionRef;
    readonly budget: InvocationBudget;
    readonly stage?: StageKey;
    /** What may run here all the same: whoever asks. */
    readonly beside: number;
  }): Promise<JobExecuted | undefined> {
    const { session, budget, stage, beside } = suspect;
    if (this.running > beside || this.#turnstile.isShut) return undefined;
    return this.#turnstile.alone(async () => {
      const stages = stage ? { stages: [stage] } : {};
      const [claimed] = await this.#claim(session, { limit: 1, alone: true, ...stages });
      return claimed && this.#execute(session, claimed, budget);
    });
  }

  #claim(
    session: SessionRef,
    want: {
      readonly limit: number;
      readonly alone?: boolean;
      readonly stages?: readonly StageKey[];
    },
  ): Promise<readonly ClaimedStage[]> {
    const { kernel, queues } = this.#settings;
    const inQueues = queues && !want.stages ? { queues } : {};
    return kernel.dispatch({ type: "job.claim", session, ...want, ...inQueues });
  }

  #execute(
    session: SessionRef,
    claimed: ClaimedStage,
    budget: InvocationBudget,
  ): Promise<JobExecuted> {
    return this.#settings.kernel.dispatch({ type: "job.execute", session, claimed, budget });
  }

  #count(done: JobHandled): JobHandled {
    const { jobs, ghosts } = this.#counts;
    this.#counts = {
      jobs: oneMore(jobs, done.outcome),
      ghosts: done.ghost ? oneMore(ghosts, done.ghost) : ghosts,
    };
    return done;
  }
}

/** Executed, and yet another's: the stage was taken over meanwhile. */
const handled = (executed: JobExecuted): JobHandled =>
  executed.outcome === "busy" && executed.stages > 0 ? { ...executed, outcome: "lost" } : executed;

const oneMore = <K extends string>(
  counts: Readonly<Partial<Record<K, number>>>,
  of: K,
): Readonly<Partial<Record<K, number>>> => ({ ...counts, [of]: (counts[of] ?? 0) + 1 });

function ifSessionLost(error: unknown): undefined {
  if (!EngineError.is(error, "E_SESSION_LOST")) throw error;
}
