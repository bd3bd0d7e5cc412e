import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";
import type { Asked, HostStats, Said, WorkerSettings } from "./worker-settings.ts";

const PROGRAM = fileURLToPath(new URL("worker-program.ts", import.meta.url));
/** Whatever starts many processes shares what it takes to read their code. */
const COMPILED = join(tmpdir(), "pawl-compiled");
const LOSS = "the worker's session was lost";
const UP_WITHIN_MS = 30_000;
const ANSWERED_WITHIN_MS = 10_000;

/** One process of a fleet. */
export class Worker {
  readonly pid: number;
  /** A queue that no other worker serves, if it has one. */
  readonly ownQueue: string | undefined;
  readonly said: Said[] = [];
  readonly #child: ChildProcess;
  #killed = false;

  constructor(settings: WorkerSettings, environment: Environment = {}) {
    this.#child = fork(PROGRAM, [JSON.stringify(settings)], {
      execArgv: ["--conditions=source"],
      env: { ...process.env, ...environment, NODE_COMPILE_CACHE: COMPILED },
    });
    this.pid = this.#child.pid ?? 0;
    this.ownQueue = settings.queues?.at(-1);
    this.#child.on("message", (said) => void this.said.push(said as Said));
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** It ended though nobody killed it. */
  get hasFailed(): boolean {
    return this.isGone && !this.#killed;
  }

  get isUp(): boolean {
    return this.said.some(({ type }) => type === "up");
  }

  async up(): Promise<this> {
    await until("a worker is up", UP_WITHIN_MS, () => {
      if (this.isGone) throw new Error(`worker ${this.pid} ended by itself`);
      return this.isUp;
    });
    return this;
  }

  async kill(): Promise<void> {
    if (this.isGone) return;
    this.#killed = true;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** Lets a process that was stopped go on. */
  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  ask(asked: Asked): void {
    this.#child.send(asked);
  }

  /** What its host counted until now. */
  async stats(): Promise<HostStats> {
    const before = this.said.length;
    this.ask("stats");
    const said = await until("a worker says what it did", ANSWERED_WITHIN_MS, () =>
      this.said.slice(before).find((one) => one.type === "stats"),
    );
    return said.stats;
  }

  /** Sessions that it says it lost. */
  get losses(): number {
    return this.said.filter((said) => said.type === "log" && said.message === LOSS).length;
  }
}

type Environment = Readonly<Record<string, string>>;

export interface FleetSettings extends WorkerSettings {
  /** Each worker serves a queue of its own too. */
  readonly ownQueues?: boolean;
  /** What workers find in their environment beside that of this process. */
  readonly environment?: Environment;
}

/** Worker processes on one directory. */
export class Fleet {
  readonly workers: Worker[] = [];
  /** Every process there ever was. */
  readonly all: Worker[] = [];
  readonly #settings: FleetSettings;
  #hasEnded = false;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.add().up()));
  }

  add(): Worker {
    if (this.#hasEnded) throw new Error("the fleet has ended");
    const { ownQueues, environment, ...settings } = this.#settings;
    const queues = ["default", `own-${this.all.length}`];
    const worker = new Worker({ ...settings, ...(ownQueues ? { queues } : {}) }, environment);
    this.workers.push(worker);
    this.all.push(worker);
    return worker;
  }

  async kill(worker: Worker): Promise<void> {
    this.workers.splice(this.workers.indexOf(worker), 1);
    await worker.kill();
  }

  worker(pid: number): Worker {
    const worker = this.all.find((one) => one.pid === pid);
    if (!worker) throw new Error(`no worker of this fleet is process ${pid}`);
    return worker;
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.all(this.all.map((worker) => worker.kill()));
  }
}
