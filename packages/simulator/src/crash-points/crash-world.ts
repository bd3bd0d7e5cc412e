import type { AnyWorkflow, Kernel, RunView } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { Checks } from "../checks/checks.ts";
import type { Problem } from "../checks/problem.ts";
import type { Fate, PortCall } from "../process/port-call.ts";
import { createProcess, type ProcessParts, type Tampering } from "../process/process-parts.ts";
import { type Surroundings, VirtualProcess } from "../process/virtual-process.ts";
import type { SharedStore } from "../seed/simulated-world.ts";
import { Prng } from "../world/prng.ts";
import type { Schedule } from "../world/schedule.ts";
import { Trace } from "../world/trace.ts";
import { type CrashPoint, lifeText, pointText, type Role } from "./crash-point.ts";
import { bodiesOf, type Example } from "./example.ts";
import { Outlets } from "./outlets.ts";
import { Sessions } from "./sessions.ts";
import { steer } from "./starter.ts";

export interface CrashWorldOptions {
  readonly example: Example;
  /** Where processes die; none for a play without crashes. */
  readonly crashes: readonly CrashPoint[];
  readonly tampering?: Tampering;
  /** False: rows are read and judged only when all is over. */
  readonly watched: boolean;
  readonly listen?: (line: string) => void;
}

const LEASE_MS = 9_000;
const SUCCESSOR_MS = 500;
const NOTICE_MS = 200;
const STARTED_MS = 50;
const HOST = {
  leaseTtlMs: LEASE_MS,
  concurrency: 4,
  jobPollIntervalMs: 2_000,
  orchestrationIntervalMs: 4_000,
};

/** One worker and one starter on a shared store, each followed by another when it dies. */
export class CrashWorld {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly checks: Checks;
  readonly problems: Problem[] = [];
  /** Reads and gives notice; never dies. */
  readonly watcher: Kernel;
  readonly outlets: Outlets;
  /** How often the body of each step was entered, without the id of its run. */
  readonly entries: Map<string, number> = new Map();
  /** By life of a process: how many of its calls were under way beside each that took effect. */
  readonly calls: Map<string, number[]> = new Map();
  /** Calls by port and method. */
  readonly methods: Map<string, number> = new Map();
  /** Crashes that were reached; the play may be over before the process is gone. */
  readonly met: CrashPoint[] = [];
  /** Processes that died. */
  crashed = 0;
  readonly #options: CrashWorldOptions;
  readonly #begunAt: number;
  readonly #store: SharedStore;
  readonly #persistence: Persistence;
  readonly #chance: Prng;
  readonly #sessions = new Sessions();
  readonly #made = new Map<string, number>();
  readonly #lives = new Map<Role, number>();
  #isSteered = false;

  constructor(options: CrashWorldOptions, store: SharedStore, schedule: Schedule) {
    this.#options = options;
    this.#store = store;
    this.#persistence = options.tampering?.wrapStore?.(store.persistence) ?? store.persistence;
    this.#chance = new Prng(`crash/${options.example.id}`);
    this.schedule = schedule;
    this.#begunAt = schedule.now;
    this.trace = new Trace(options.listen);
    this.checks = new Checks(
      { rows: store.rows, dispatches: options.example.queue === true },
      () => this.schedule.now,
      ([check, message]) => this.complain(check, message),
    );
    this.outlets = new Outlets(this, options.example.queue === true);
    this.watcher = this.#create("watcher").kernel;
  }

  get elapsedMs(): number {
    return this.schedule.now - this.#begunAt;
  }

  complain(check: string, message: string): void {
    this.problems.push({ check, message, atMs: this.elapsedMs });
    this.trace.add(`PROBLEM ${check}: ${message}`);
  }

  after(ms: number, run: () => void): void {
    this.schedule.after(ms, { of: "world", run });
  }

  boot(): void {
    this.#bootWorker();
    this.#bootStarter();
  }

  /** The starter is done, and every process that died has been declared gone. */
  get isQuiet(): boolean {
    return this.#isSteered && this.#sessions.areGone;
  }

  rowsOf(runId: string): ReturnType<SharedStore["rows"]> {
    return this.#store.rows(runId);
  }

  /** Every run as a reader sees it. */
  async views(): Promise<readonly RunView[]> {
    const { runs } = await this.watcher.query.listRuns({ limit: 10 });
    return Promise.all(runs.map(({ id }) => this.watcher.query.getRun(id)));
  }

  /** Rows of the store as a whole that should be gone at rest. */
  async leftovers(): Promise<readonly string[]> {
    const { query } = this.#store.persistence;
    const left: string[] = [];
    for (const table of ["intents", "dispatch", "slots"] as const) {
      const count = await query.count(table, {}, 10);
      if (count > 0) left.push(`${count} rows of ${table}`);
    }
    return left;
  }

  #bootWorker(): void {
    const parts = this.#create(this.#nextLife("worker"));
    const started = parts.host.start();
    started.catch((error: unknown) => this.#failed("the worker", error));
    if (!this.#options.example.beside || this.#isSteered) return;
    // When its first look for work is over, so that it has room for what starts beside it.
    started
      .then(() => parts.process.after(STARTED_MS))
      .then(
        () => this.#steer(parts),
        () => {},
      );
  }

  #bootStarter(): void {
    if (!this.#options.example.beside) this.#steer(this.#create(this.#nextLife("starter")));
  }

  #steer({ process, kernel }: ProcessParts): void {
    const done = (): void => {
      this.#isSteered = true;
      this.trace.add("steered");
    };
    const complain = (message: string): void => this.complain("answer", message);
    const example = this.#options.example;
    const { id: workflowId } = this.#workflowFor(process);
    steer({ example, workflowId, kernel, process, complain }).then(done, (error: unknown) =>
      this.#failed("the starter", error),
    );
  }

  #failed(who: string, error: unknown): void {
    this.complain("error", `${who}: ${String((error as Error).stack ?? error)}`);
  }

  #nextLife(role: Role): string {
    const life = (this.#lives.get(role) ?? 0) + 1;
    this.#lives.set(role, life);
    return lifeText(role, life);
  }

  #create(name: string): ProcessParts {
    const process = new VirtualProcess(name, this.#surround());
    const { example, tampering } = this.#options;
    const { blobStore, jobTransport, eventSink } = this.outlets;
    return createProcess({
      process,
      shared: { persistence: this.#persistence, blobStore, jobTransport, eventSink },
      workflows: [this.#workflowFor(process)],
      chance: this.#chance.fork(name),
      logger: { log: (...line) => this.#log(process, line) },
      limits: { leaseMarginMs: 500, ...example.limits },
      host: HOST,
      jobsOnly: example.queue === true,
      ...(tampering ? { tampering } : {}),
    });
  }

  #workflowFor(process: VirtualProcess): AnyWorkflow {
    return this.#options.example.workflow(
      bodiesOf({
        work: (ms) => process.after(ms),
        threw: ({ idempotencyKey }) => this.checks.bodies.failed(idempotencyKey, process),
        entered: ({ idempotencyKey: key, attempt }, { atMostOnce = false }) => {
          this.trace.add(`${process.name} body ${key} ${attempt}`);
          const [runId, ...rest] = key.split("/");
          count(this.entries, rest.join("/"));
          const stage = [runId, ...rest.slice(0, -1)].join("/");
          const stageAttempt = this.#attemptOf(stage);
          this.checks.entered(process, { stage, key, atMostOnce, attempt, stageAttempt });
        },
      }),
    );
  }

  #attemptOf(stage: string): number {
    const [runId = "", stageId] = stage.split("/");
    const row = this.checks.runs.get(runId)?.stages.find((one) => one.stageId === stageId);
    return row?.attempt ?? 1;
  }

  #surround(): Surroundings {
    return {
      schedule: this.schedule,
      trace: this.trace,
      chance: this.#chance.fork("calls"),
      latencyMs: 0,
      leaseTtlMs: LEASE_MS,
      fateOf: (process, call) => this.#fateOf(process, call),
      settled: async (process, call, answer) => {
        this.trace.add(`${this.elapsedMs} ${process.name} ${call.method} took effect`);
        this.#sessions.settled(call, answer);
        if (!call.writes) return;
        if (this.#options.watched) await this.checks.settled(process, call, answer);
      },
      heard: (process, call, answer) => this.checks.heard(process, call, answer),
      crashed: (process) => this.#crashed(process),
      leaves: ({ name }) => {
        count(this.#made, name);
        return this.#options.crashes.some((one) => lifeOf(one) === name && one.others === "land");
      },
    };
  }

  #fateOf({ name }: VirtualProcess, { port, method }: PortCall): Fate {
    const calls = this.calls.get(name) ?? [];
    this.calls.set(name, calls);
    const call = calls.push((this.#made.get(name) ?? 0) - calls.length - 1);
    if (name !== "watcher") count(this.methods, `${port}.${method}`);
    const point = this.#options.crashes.find((one) => lifeOf(one) === name && one.call === call);
    if (!point) return {};
    this.met.push(point);
    this.trace.add(`${pointText(point)} ${port}.${method}`);
    return { crash: point.side };
  }

  /** Half of the deaths are noticed, the others show when the lease runs out. */
  #crashed({ name }: VirtualProcess): void {
    this.crashed += 1;
    const isWorker = name.startsWith("worker");
    this.after(SUCCESSOR_MS, () => (isWorker ? this.#bootWorker() : this.#bootStarter()));
    if (!isWorker) return;
    this.#sessions.died(name);
    if ((this.calls.get(name)?.length ?? 0) % 2 === 0)
      this.after(NOTICE_MS, () => this.#notice(name));
  }

  #notice(name: string): void {
    const dead = this.#sessions.of(name);
    if (dead.length === 0) return;
    this.watcher
      .dispatch({ type: "lease.reapStale", dead })
      .catch((error: unknown) => this.#failed("the notice", error));
  }

  #log({ name }: VirtualProcess, [level, message, facts]: readonly [string, string, object]): void {
    if (level === "debug" || level === "info") return;
    const { error } = facts as { readonly error?: Error };
    this.trace.add(`${name} ${level}: ${message} ${error?.name ?? ""} ${error?.message ?? ""}`);
    if (error?.name === "TypeError" || error?.name === "ReferenceError") {
      this.complain("error", `${message}: ${error.message}`);
    }
  }
}

const lifeOf = ({ role, life }: CrashPoint): string => lifeText(role, life);

function count(counts: Map<string, number>, key: string): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}
