import type { Delivery } from "@pawl/kernel/ports";
import type { HostSettings } from "./host-options.ts";
import type { InvocationBudget } from "./invocation-budget.ts";
import type { JobHandled, JobRunner } from "./job-runner.ts";

/**
 * Counts of jobs, each of one stage or of several that follow each other; messages that led to
 * nothing are not among them.
 */
export interface JobsProcessed {
  readonly processed: number;
  /** Completed, or suspended until something comes. */
  readonly succeeded: number;
  readonly failed: number;
}

const AGAIN_MS = 5_000;
const EARLY_MS_MIN = 1_000;
const EARLY_MS_MAX = 60_000;

/** Undefined when it could not be looked at. */
type Done = JobHandled | undefined;
type Outcome = JobHandled["outcome"] | undefined;

/** Takes jobs from the transport, then from the store, until there are none or time is up. */
export class AvailableJobs {
  readonly #settings: HostSettings;
  readonly #runner: JobRunner;
  readonly #budget: InvocationBudget;

  constructor(settings: HostSettings, runner: JobRunner, budget: InvocationBudget) {
    this.#settings = settings;
    this.#runner = runner;
    this.#budget = budget;
  }

  async process(maxJobs: number): Promise<JobsProcessed> {
    const done: Done[] = [];
    while (done.length < maxJobs && !this.#budget.isSpent) {
      const limit = Math.min(maxJobs - done.length, this.#settings.concurrency);
      const received = await this.#receive(limit);
      const batch = received.length > 0 ? received : await this.#claim(limit);
      if (batch.length === 0) break;
      done.push(...batch);
    }
    return counted(done);
  }

  /** Nothing where the transport delivers by itself, or has no jobs of its own. */
  async #receive(max: number): Promise<readonly Done[]> {
    const { jobTransport, workerId } = this.#settings;
    const { delivery, colocated, maxBatch } = jobTransport.capabilities;
    if (colocated || delivery === "push") return [];
    const limit = Math.min(max, maxBatch);
    const taking = jobTransport.dequeue({ workerId, limit, waitMs: 0 });
    const deliveries = (await this.#orFailed(taking, "jobs could not be received")) ?? [];
    return Promise.all(deliveries.map((delivery) => this.#take(delivery)));
  }

  async #claim(limit: number): Promise<readonly Done[]> {
    const executing = await this.#runner.executeReady(limit, this.#budget);
    return Promise.all(executing.map((job) => this.#orFailed(job)));
  }

  async #take({ body, receipt }: Delivery): Promise<Done> {
    const { jobTransport } = this.#settings;
    const done = await this.#orFailed(this.#runner.handle(body, this.#budget));
    const againMs = this.#againMs(done);
    const answered =
      againMs === undefined
        ? jobTransport.ack([receipt])
        : jobTransport.nack(receipt, { delayMs: againMs });
    await this.#orFailed(answered);
    return done;
  }

  /**
   * When to be told of a job again; undefined when it has been seen to. What is due much later has
   * a dispatch of its own: this one is a double, which would come round until then.
   */
  #againMs(done: Done): number | undefined {
    if (!done || done.outcome === "busy") return AGAIN_MS;
    if (done.outcome === "deferred") return 0;
    if (done.outcome !== "early" || done.retryAt === undefined) return undefined;
    const ms = done.retryAt - this.#settings.clock.now();
    return ms > EARLY_MS_MAX ? undefined : Math.max(ms, EARLY_MS_MIN);
  }

  async #orFailed<T>(
    work: Promise<T>,
    says = "a job could not be processed",
  ): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      const { logger, workerId } = this.#settings;
      logger.log("error", says, { workerId, error });
      return undefined;
    }
  }
}

function counted(done: readonly Done[]): JobsProcessed {
  const begun = done.filter((one) => one === undefined || one.stages > 0);
  const of = (...outcomes: readonly Outcome[]): number =>
    begun.filter((one) => outcomes.includes(one?.outcome)).length;
  return {
    processed: begun.length,
    succeeded: of("completed", "suspended"),
    failed: of("failed", undefined),
  };
}
