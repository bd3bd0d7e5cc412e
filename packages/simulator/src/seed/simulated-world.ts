import { createMemoryBlobStore } from "@pawl/blob-memory";
import type { AnyWorkflow, Kernel } from "@pawl/kernel";
import type {
  ClaimedStage,
  EventSink,
  JobTransport,
  Logger,
  Persistence,
} from "@pawl/kernel/ports";
import { Checks } from "../checks/checks.ts";
import type { Problem } from "../checks/problem.ts";
import type { RowSource } from "../checks/row-source.ts";
import type { Fault } from "../faults/fault.ts";
import { Weather } from "../faults/weather.ts";
import type { Fate, PortCall } from "../process/port-call.ts";
import {
  createProcess,
  type ProcessParts,
  type SharedPorts,
  type Tampering,
} from "../process/process-parts.ts";
import { type Surroundings, VirtualProcess } from "../process/virtual-process.ts";
import { Prng } from "../world/prng.ts";
import { Schedule, START } from "../world/schedule.ts";
import { Trace } from "../world/trace.ts";
import { FalseHints } from "./false-hints.ts";
import type { Conditions } from "./scenario.ts";
import { simulatedTransport } from "./simulated-transport.ts";

/** The store that all processes share, and how to read it past every fault. */
export interface SharedStore {
  readonly persistence: Persistence;
  readonly rows: RowSource;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly seed: string;
  readonly conditions: Conditions;
  readonly faults: readonly Fault[];
  /** Opens the store; `now` is database time. */
  readonly open: (clock: { now(): number }) => Promise<SharedStore>;
  /** The workflows as a process of this world registers them. */
  readonly workflows: (world: SimulatedWorld, process: VirtualProcess) => readonly AnyWorkflow[];
  readonly tampering?: Tampering | undefined;
  readonly listen?: ((line: string) => void) | undefined;
}

interface Place {
  lives: number;
  parts: ProcessParts | undefined;
}

/** Processes on a shared store, in time and weather of their own. */
export class SimulatedWorld {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly checks: Checks;
  readonly problems: Problem[] = [];
  readonly client: Kernel;
  readonly #options: WorldOptions;
  readonly #chance: Prng;
  readonly #shared: SharedPorts;
  readonly #surroundings: Surroundings;
  readonly #places: Place[];
  readonly #calls = new WeakMap<VirtualProcess, number>();
  readonly #numbers = new WeakMap<VirtualProcess, number>();
  readonly #falseHints: FalseHints;
  #databaseSkewMs = 0;

  static async open(options: WorldOptions): Promise<SimulatedWorld> {
    const chance = new Prng(`world/${options.seed}`);
    const { conditions } = options;
    const schedule = new Schedule({
      chance: chance.fork("schedule"),
      order: conditions.order,
      victim: "p0",
    });
    const clock = { now: (): number => world.#databaseNow() };
    let world: SimulatedWorld;
    const store = await options.open({ now: () => (world ? clock.now() : START) });
    world = new SimulatedWorld(options, { chance, schedule, store });
    return world;
  }

  private constructor(
    options: WorldOptions,
    made: { readonly chance: Prng; readonly schedule: Schedule; readonly store: SharedStore },
  ) {
    const { chance, schedule, store } = made;
    this.#options = options;
    this.#chance = chance;
    this.#falseHints = new FalseHints(chance.fork("hints"));
    this.schedule = schedule;
    this.trace = new Trace(options.listen);
    this.weather = new Weather(options.faults, () => schedule.now - START);
    this.checks = new Checks(
      { rows: store.rows, dispatches: options.conditions.queue },
      () => schedule.now,
      ([check, message]) => this.complain(check, message),
    );
    this.#surroundings = this.#surround();
    this.#shared = {
      persistence: store.persistence,
      blobStore: createMemoryBlobStore({ clock: { now: () => schedule.now } }),
      jobTransport: this.#transport(),
      eventSink: options.conditions.sink ? this.#sink() : undefined,
    };
    this.#places = Array.from({ length: options.conditions.processes }, () => ({
      lives: 0,
      parts: undefined,
    }));
    this.client = this.#create("client", undefined).kernel;
  }

  get healAtMs(): number {
    return this.#options.conditions.healAtMs;
  }

  get drainTimeoutMs(): number {
    return this.#options.conditions.host.drainTimeoutMs ?? 0;
  }

  get processes(): number {
    return this.#places.length;
  }

  /** Milliseconds since the simulation began. */
  get elapsedMs(): number {
    return this.schedule.now - START;
  }

  complain(check: string, message: string): void {
    this.problems.push({ check, message, atMs: this.elapsedMs });
    this.trace.add(`PROBLEM ${check}: ${message}`);
  }

  /** The life that a process has now, if it has one. */
  processAt(number: number): ProcessParts | undefined {
    const parts = this.#places[number]?.parts;
    return parts?.process.alive ? parts : undefined;
  }

  /** Begins a life of a process, unless it lives. */
  boot(number: number): void {
    const place = this.#places[number];
    if (!place || this.processAt(number)) return;
    place.lives += 1;
    const name = place.lives === 1 ? `p${number}` : `p${number}.${place.lives}`;
    this.trace.add(`${name} boots`);
    const parts = this.#create(name, number);
    place.parts = parts;
    this.#start(number, parts);
  }

  bootAll(): void {
    for (const number of this.#places.keys()) this.boot(number);
  }

  /** Leases run out early by it. */
  stepDatabaseClock(byMs: number): void {
    this.#databaseSkewMs += byMs;
    for (const number of this.#places.keys()) this.processAt(number)?.process.excuse();
  }

  #databaseNow(): number {
    return Math.floor(this.schedule.now + this.#databaseSkewMs);
  }

  /** A host that can't register at first, because the store is away, is started again. */
  #start(number: number, parts: ProcessParts): void {
    parts.host.start().catch((error: unknown) => {
      this.trace.add(`${parts.process.name} could not start: ${nameOf(error)}`);
      parts.process.crash();
      this.after(1_000, () => this.boot(number));
    });
  }

  after(ms: number, run: () => void): void {
    this.schedule.after(ms, { of: "world", run });
  }

  #create(name: string, number: number | undefined): ProcessParts {
    const process = new VirtualProcess(name, this.#surroundings);
    if (number !== undefined) this.#numbers.set(process, number);
    const { conditions, workflows, tampering } = this.#options;
    return createProcess({
      process,
      shared: this.#shared,
      workflows: workflows(this, process),
      chance: this.#chance.fork(name),
      logger: this.#logger(process),
      limits: conditions.limits,
      host: hostOf(conditions, number),
      commitLanes: conditions.commitLanes,
      jobsOnly: conditions.queue && conditions.jobsOnly,
      ...(tampering ? { tampering } : {}),
    });
  }

  #surround(): Surroundings {
    return {
      schedule: this.schedule,
      trace: this.trace,
      chance: this.#chance.fork("calls"),
      latencyMs: this.#options.conditions.latencyMs,
      leaseTtlMs: this.#options.conditions.leaseTtlMs,
      fateOf: (process, call) => this.#fateOf(process, call),
      settled: async (process, call, answer) => {
        this.trace.add(`${this.elapsedMs} ${process.name} ${call.method} ${briefly(answer)}`);
        if (!call.writes) return;
        await this.checks.settled(process, call, answer);
        this.#poison(process, call, answer);
        this.#hintFalsely(call);
      },
      heard: (process, call, answer) => this.checks.heard(process, call, answer),
      crashed: () => {},
    };
  }

  #fateOf(process: VirtualProcess, call: PortCall): Fate {
    const calls = (this.#calls.get(process) ?? 0) + 1;
    this.#calls.set(process, calls);
    const number = this.#numbers.get(process);
    const fate = this.weather.fateOf({ process: number, calls }, call);
    const isHit = fate.error || fate.refuse || fate.crash || fate.delayMs;
    if (!isHit) return fate;
    // To be told "busy" is no reason to do anything twice.
    if (fate.refuse !== "busy") process.excuse();
    this.trace.add(`${process.name} ${call.method} meets ${JSON.stringify(fate)}`);
    if (!fate.crash || number === undefined) return fate;
    const restartMs = this.weather.of("crash").find((one) => one.process === number)?.restartMs;
    this.after(restartMs ?? 1_000, () => this.boot(number));
    return fate;
  }

  #poison(process: VirtualProcess, call: PortCall, answer: unknown): void {
    const number = this.#numbers.get(process);
    const fault = this.weather.killerOf(call, answer);
    if (!fault || number === undefined) return;
    process.crash();
    this.after(fault.restartMs, () => this.boot(number));
  }

  #logger(process: VirtualProcess): Logger {
    return {
      log: (level, message, facts) => {
        if (level === "debug" || level === "info") return;
        const error = facts.error as { code?: string; name?: string; message?: string } | undefined;
        this.trace.add(`${process.name} ${level}: ${message} ${error ? nameOf(error) : ""}`);
        if (error?.name === "TypeError" || error?.name === "ReferenceError") {
          this.complain("error", `${message}: ${error.message}`);
        }
      },
    };
  }

  #sink(): EventSink {
    return {
      emit: async (deliveries) => {
        for (const { event } of deliveries) {
          for (const wrong of this.checks.deliveries.take(event)) this.complain("sink", wrong);
        }
      },
    };
  }

  #transport(): JobTransport {
    const fault = this.#options.faults.find((one) => one.kind === "queue");
    return simulatedTransport({
      queue: this.#options.conditions.queue,
      now: () => this.schedule.now,
      isSound: () => this.weather.healed,
      chance: this.#chance.fork("queue"),
      fault,
    });
  }

  /** Somebody writes to the queue what is no job, or none any more. */
  #hintFalsely(call: PortCall): void {
    if (!this.#options.conditions.queue) return;
    if (call.method === "enqueue" && !this.weather.healed) {
      for (const fault of this.weather.of("queue")) this.weather.struck(fault);
    }
    const runIds = call.plans.flatMap(({ events }) => events.map(({ runId }) => runId));
    for (const runId of new Set(runIds)) {
      const rows = this.checks.runs.get(runId)?.stages ?? [];
      void this.#shared.jobTransport.enqueue(this.#falseHints.of(rows));
    }
  }
}

/** Every second queue is served by the first process alone, where there are several. */
const hostOf = ({ host, splitQueues }: Conditions, number: number | undefined) =>
  splitQueues && number !== undefined && number > 0 ? { ...host, queues: ["default"] } : host;

const nameOf = (error: unknown): string => {
  const { code, name, message } = (error ?? {}) as Record<string, string | undefined>;
  return `${code ?? name ?? "error"} ${message ?? String(error)}`.slice(0, 160);
};

/** What an answer says, as far as it makes a difference to the trace. */
function briefly(answer: unknown): string {
  if (Array.isArray(answer)) return `[${answer.map(briefly).join()}]`;
  if (typeof answer !== "object" || answer === null) return String(answer).slice(0, 20);
  const { ok, why, held, stage, alive } = answer as Record<string, unknown>;
  if (stage) {
    const { runId, stageId, fence } = stage as ClaimedStage["stage"];
    return `${runId}/${stageId}@${fence}`;
  }
  return [ok, why, held, alive].filter((fact) => fact !== undefined).join();
}
