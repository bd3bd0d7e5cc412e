import type { Kernel } from "@pawl/kernel";
import { type Logger, within } from "@pawl/kernel/ports";
import { AvailableJobs, type JobsProcessed } from "./available-jobs.ts";
import { type HostSettings, hostSettings, type ServerlessHostOptions } from "./host-options.ts";
import { type Call, InvocationBudget } from "./invocation-budget.ts";
import { type JobCounts, type JobHandled, JobRunner } from "./job-runner.ts";
import { WarmSession } from "./warm-session.ts";

/** Counts of one round of maintenance. */
export interface MaintenanceTick {
  readonly claimed: number;
  readonly suspendedChecked: number;
  readonly staleReleased: number;
  readonly eventsFlushed: number;
  readonly dispatched: number;
  readonly schedulesFired: number;
}

export interface ServerlessStats extends JobCounts {
  readonly workerId: string;
  readonly sessionId: string | undefined;
  /** Sessions registered so far: more than one only when one had expired. */
  readonly sessionsOpened: number;
  /** Jobs under way. */
  readonly running: number;
}

/** What may be done in one invocation, within one budget of time and queries. */
export interface Invocation {
  /** Nothing further may begin. */
  readonly isSpent: boolean;
  /**
   * Looks at the stage that a message names and executes it if it is to be had. The message may be
   * anything: one that is no job changes nothing. Acknowledge it unless this throws or answers
   * `deferred`.
   *
   * @throws EngineError of kind `unavailable` when a store is out of reach
   */
  handleJob(message: unknown): Promise<JobHandled>;
  /** Executes what the transport and the store have ready, at most `maxJobs`. */
  processAvailableJobs(options: { readonly maxJobs: number }): Promise<JobsProcessed>;
  /** One round of maintenance, to be called by a schedule; overlapping rounds do no harm. */
  runMaintenanceTick(): Promise<MaintenanceTick>;
}

/**
 * A worker that only acts while it is called. One per process: later invocations go on with its
 * session.
 */
export interface ServerlessHost {
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** As of `Invocation`, each in an invocation of its own. */
  handleJob(message: unknown, call?: Call): Promise<JobHandled>;
  processAvailableJobs(options: Call & { readonly maxJobs: number }): Promise<JobsProcessed>;
  runMaintenanceTick(call?: Call): Promise<MaintenanceTick>;
  /**
   * Lets `work` do several things in one invocation, among them commands of the kernel: before it
   * returns, their jobs are with the transport, or left to the next round of maintenance.
   */
  during<T>(call: Call, work: (invocation: Invocation) => Promise<T>): Promise<T>;
  getStats(): ServerlessStats;
  /** Begins nothing more, waits for the steps that run, and gives up the session. */
  close(): Promise<void>;
}

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export const createServerlessHost = (options: ServerlessHostOptions): ServerlessHost =>
  new CalledHost(hostSettings(options));

class CalledHost implements ServerlessHost {
  readonly #settings: HostSettings;
  readonly #session: WarmSession;
  readonly #runner: JobRunner;
  readonly #budgets = new Set<InvocationBudget>();
  #isClosed = false;

  constructor(settings: HostSettings) {
    this.#settings = settings;
    this.#session = new WarmSession(settings);
    this.#runner = new JobRunner(settings, this.#session);
  }

  get kernel(): Kernel {
    return this.#settings.kernel;
  }

  get logger(): Logger {
    return this.#settings.logger;
  }

  handleJob(message: unknown, call: Call = {}): Promise<JobHandled> {
    return this.during(call, (invocation) => invocation.handleJob(message));
  }

  processAvailableJobs({
    maxJobs,
    ...call
  }: Call & { readonly maxJobs: number }): Promise<JobsProcessed> {
    return this.during(call, (invocation) => invocation.processAvailableJobs({ maxJobs }));
  }

  runMaintenanceTick(call: Call = {}): Promise<MaintenanceTick> {
    return this.during(call, (invocation) => invocation.runMaintenanceTick());
  }

  async during<T>(call: Call, work: (invocation: Invocation) => Promise<T>): Promise<T> {
    const budget = new InvocationBudget(this.#settings, call);
    if (this.#isClosed) budget.spend();
    this.#budgets.add(budget);
    try {
      return await this.#session.during(() => work(this.#invocation(budget)));
    } finally {
      await this.#handOver(call);
      budget.close();
      this.#budgets.delete(budget);
    }
  }

  getStats(): ServerlessStats {
    return {
      workerId: this.#settings.workerId,
      sessionId: this.#session.id,
      sessionsOpened: this.#session.opened,
      running: this.#runner.running,
      ...this.#runner.counts,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const budget of this.#budgets) budget.spend();
    await this.#runner.whenIdle();
    await this.#session.close();
  }

  /** A process that is frozen on return hands nothing over; one that is late loses its answer. */
  async #handOver({ remainingMs }: Call): Promise<void> {
    const handedOver = this.kernel.handedOver();
    if (!remainingMs) return handedOver;
    const waitMs = Math.max(0, remainingMs()) * HAND_OVER_SHARE;
    await within(this.#settings.runtime, handedOver, waitMs);
  }

  #invocation(budget: InvocationBudget): Invocation {
    const jobs = new AvailableJobs(this.#settings, this.#runner, budget);
    return {
      get isSpent() {
        return budget.isSpent;
      },
      handleJob: (message) => this.#runner.handle(message, budget),
      processAvailableJobs: ({ maxJobs }) => jobs.process(maxJobs),
      runMaintenanceTick: () => this.#maintain(budget),
    };
  }

  async #maintain(budget: InvocationBudget): Promise<MaintenanceTick> {
    if (budget.isSpent) return NOTHING_DONE;
    const { kernel } = this.#settings;
    const rows = Math.max(1, Math.floor(budget.queriesLeft / QUERIES_PER_ROW));
    const { suspects: _, ...counts } = await kernel.maintain({
      thorough: true,
      ...(Number.isFinite(rows) ? { rowsMax: rows } : {}),
    });
    return { ...NOTHING_DONE, ...counts };
  }
}

/** Of what is left of an invocation, for handing over. */
const HAND_OVER_SHARE = 1 / 2;
/** Of all kinds together, when each has as much to do as it may. */
const QUERIES_PER_ROW = 24;

const NOTHING_DONE: MaintenanceTick = {
  claimed: 0,
  suspendedChecked: 0,
  staleReleased: 0,
  eventsFlushed: 0,
  dispatched: 0,
  schedulesFired: 0,
};
