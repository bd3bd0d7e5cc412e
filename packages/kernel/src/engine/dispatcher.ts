import { withDispatch } from "../decide/dispatch-rows.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { JobTransport } from "../ports/job-transport.ts";
import type { Logger } from "../ports/logger.ts";
import type { Persistence } from "../ports/persistence.ts";
import type { Runtime } from "../ports/runtime.ts";
import { type DispatchRow, jobOf } from "../state/dispatch.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import { resolved } from "../state/resolved.ts";
import type { StageFacts } from "../state/stage.ts";
import type { EpochMs } from "../state/time.ts";
import { AckQueue } from "./ack-queue.ts";
import { Backlog } from "./backlog.ts";
import { Intervals } from "./intervals.ts";

export interface DispatcherParts {
  readonly persistence: Pick<Persistence, "ackDispatch">;
  readonly jobTransport: JobTransport;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** A dispatch row on its way, due by the clock of this process. */
export interface DueRow {
  readonly row: DispatchRow;
  readonly notBefore: EpochMs;
}

/** A broker that does not answer for this long is not waited for: relays go on. */
const SEND_MS_MAX = 5_000;
const SEND_MAX = 500;
/** Of jobs that wait for a slow broker so many stay in memory; the relay sends the rest. */
const WAITING_MAX = 10_000;
const WARN_EVERY_MS = 60_000;

/**
 * Writes dispatch rows into commits and hands their jobs to the transport after them. A colocated
 * transport needs neither, and this does nothing then. What can't be handed over is left to the
 * relay.
 */
export class Dispatcher {
  readonly dispatches: boolean;
  readonly maxDelayMs: number;
  readonly #parts: DispatcherParts;
  readonly #waiting: DueRow[] = [];
  readonly #acks: AckQueue;
  readonly #warnings = new Intervals(WARN_EVERY_MS);
  readonly #backlog = new Backlog();
  #isHandingOver = false;

  constructor(parts: DispatcherParts) {
    const { colocated, maxDelayMs } = parts.jobTransport.capabilities;
    this.#parts = parts;
    this.dispatches = !colocated;
    this.maxDelayMs = maxDelayMs;
    this.#acks = new AckQueue(parts.persistence, (error) =>
      this.#warn("dispatch rows could not be acknowledged; their jobs are sent again", error),
    );
  }

  /** The plan as it is committed; `stages` are those that were known when it was decided. */
  draft(plan: CommitPlan, stages: readonly StageFacts[]): CommitPlan {
    if (!this.dispatches) return plan;
    return withDispatch(plan, { stages, maxDelayMs: this.maxDelayMs });
  }

  /** A plan was committed: hands its jobs over, with all others of this turn. */
  committed({ dispatch }: CommitPlan, result: CommitResult): void {
    if (!result.ok || dispatch.length === 0) return;
    const rows = dispatch.map((row) => resolved(row, result.dbNow) as DispatchRow);
    const near = rows.filter(({ notBefore }) => notBefore - result.dbNow <= this.maxDelayMs);
    const kept = near.slice(0, WAITING_MAX - this.#waiting.length);
    this.#waiting.push(...kept.map((row) => this.due(row, result.dbNow)));
    this.#backlog.ask(kept.length);
    if (!this.#isHandingOver && kept.length > 0) void this.#handOver();
  }

  /** Resolves when what was committed so far is handed over, or left to the relay. */
  async handedOver(): Promise<void> {
    await this.#backlog.worked();
    await this.#acks.worked();
  }

  /** A row with its instant by the clock of this process, given what the database's says now. */
  due(row: DispatchRow, dbNow: EpochMs): DueRow {
    return { row, notBefore: this.#parts.clock.now() + row.notBefore - dbNow };
  }

  /** Sends jobs and acknowledges their rows; answers the rows that could not be sent. */
  async send(rows: readonly DueRow[]): Promise<readonly DispatchRow[]> {
    if (rows.length === 0) return [];
    try {
      await this.#enqueue(rows);
    } catch (error) {
      if (rows.length > 1 && isAboutOneJob(error)) return this.#sendHalves(rows);
      this.#warn("jobs could not be handed over; the relay tries again", error);
      return rows.map(({ row }) => row);
    }
    this.#acks.add(rows.map(({ row }) => ({ stage: stageKeyOf(row), createdAt: row.createdAt })));
    return [];
  }

  /** One job that the transport will not take must not keep the others back. */
  async #sendHalves(rows: readonly DueRow[]): Promise<readonly DispatchRow[]> {
    const half = rows.length >> 1;
    return [...(await this.send(rows.slice(0, half))), ...(await this.send(rows.slice(half)))];
  }

  async #handOver(): Promise<void> {
    this.#isHandingOver = true;
    await this.#parts.runtime.turn();
    while (this.#waiting.length > 0) {
      const rows = this.#waiting.splice(0, SEND_MAX);
      await this.send(rows);
      this.#backlog.done(rows.length);
    }
    this.#isHandingOver = false;
  }

  async #enqueue(rows: readonly DueRow[]): Promise<void> {
    const { jobTransport, runtime, ids } = this.#parts;
    const jobs = rows.map(({ row, notBefore }) => ({
      job: jobOf(row, ids.newId()),
      priority: row.priority,
      notBefore,
    }));
    const sent = jobTransport.enqueue(jobs);
    const late = runtime.after(SEND_MS_MAX, { cancelled: sent.catch(() => {}) }).then(() => LATE);
    if ((await Promise.race([sent, late])) === LATE) {
      throw new EngineError(
        "E_TRANSPORT_UNAVAILABLE",
        `The transport has not taken ${jobs.length} jobs within ${SEND_MS_MAX} ms.`,
      );
    }
  }

  #warn(message: string, error: unknown): void {
    const { nth, suppressed } = this.#warnings.count(message, this.#parts.clock.monotonic());
    if (nth === 1) this.#parts.logger.log("warn", message, { error, suppressed });
  }
}

const LATE = Symbol("late");

const isAboutOneJob = (error: unknown): boolean =>
  EngineError.is(error) && error.kind !== "unavailable";
