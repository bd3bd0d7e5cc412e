import type { Kernel } from "@pawl/kernel";
import type { Logger } from "@pawl/kernel/ports";
import { AvailableJobs, type JobsProcessed } from "./available-jobs.ts";
import { type HostSettings, hostSettings, type ServerlessHostOptions } from "./host-options.ts";
import { type Call, InvocationBudget } from "./invocation-budget.ts";
import { jobOfMessage } from "./job-of-message.ts";
import { type HandledOutcome, type JobHandled, JobRunner } from "./job-runner.ts";
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

export interface ServerlessStats {
  readonly workerId: string;
  readonly sessionId: string | undefined;
  /** Sessions registered so far: more than one only when one had expired. */
  readonly sessionsOpened: number;
  /** Jobs under way. */
  readonly running: number;
  /** Jobs seen to, by what came of them. */
  readonly jobs: Readonly<Partial<Record<HandledOutcome, number>>>;
  /** Messages that were no jobs of this version. */
  readonly malformed: number;
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
  /** Lets `work` do several things in one invocation. */
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
      jobs: this.#runner.counts,
      malformed: this.#runner.malformed,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const budget of this.#budgets) budget.spend();
    await this.#runner.whenIdle();
    await this.#session.close();
  }

  #invocation(budget: InvocationBudget): Invocation {
    const jobs = new AvailableJobs(this.#settings, this.#runner, budget);
    return {
      get isSpent() {
        return budget.isSpent;
      },
      handleJob: async (message) => {
        const done = await this.#runner.handle(message, budget);
        if (done.outcome === "early") await this.#sendAgain(message, done.retryAt);
        return done;
      },
      processAvailableJobs: ({ maxJobs }) => jobs.process(maxJobs),
      runMaintenanceTick: () => this.#maintain(budget),
    };
  }

  /** A message that came before its time is acknowledged, and another sent for that time. */
  async #sendAgain(message: unknown, retryAt: number | undefined): Promise<void> {
    const { jobTransport, clock } = this.#settings;
    const job = jobOfMessage(message);
    if (!job || retryAt === undefined || jobTransport.capabilities.colocated) return;
    // A transport that drops what it has seen before must not take it for the same.
    const jobId = `${job.jobId.split(AGAIN)[0]}${AGAIN}${clock.now()}`;
    await jobTransport.enqueue([{ job: { ...job, jobId }, notBefore: retryAt, priority: 0 }]);
  }

  async #maintain(budget: InvocationBudget): Promise<MaintenanceTick> {
    if (budget.isSpent) return NOTHING_DONE;
    const { kernel, queues } = this.#settings;
    const rows = Math.max(1, Math.floor(budget.queriesLeft / QUERIES_PER_ROW));
    const { suspects: _, ...counts } = await kernel.maintain({
      thorough: true,
      ...(queues ? { queues } : {}),
      ...(Number.isFinite(rows) ? { rowsMax: rows } : {}),
    });
    return { ...NOTHING_DONE, ...counts };
  }
}

const AGAIN = "~";
/** Of all kinds together, when each has as much to do as it may. */
const QUERIES_PER_ROW = 24;

/** What a kernel without these does not count. */
const NOTHING_DONE: MaintenanceTick = {
  claimed: 0,
  suspendedChecked: 0,
  staleReleased: 0,
  eventsFlushed: 0,
  dispatched: 0,
  schedulesFired: 0,
};
