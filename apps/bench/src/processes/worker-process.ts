import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EngineName, Place, StoreName, Synchronous } from "../engines/engine.ts";

const PROGRAM = fileURLToPath(new URL("worker.ts", import.meta.url));
const LIMIT_MS = 120_000;
const SAID_MAX = 2_000;

export interface WorkerParts {
  readonly engine: EngineName;
  readonly store: StoreName;
  readonly place: Place;
  readonly synchronous: Synchronous;
  readonly identity: string;
  readonly concurrency: number;
}

export interface WorkerMessage {
  readonly type: "opened" | "entered" | "awake";
  /** Milliseconds since the worker began to open its engine. */
  readonly sinceOpeningMs: number;
  /** By a clock that all processes of the machine share. */
  readonly atMs: number;
  readonly step?: number;
  readonly run?: number;
}

/** A process that runs whatever there is in a folder, and tells what happens there. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #said = "";

  constructor(parts: WorkerParts) {
    this.#child = fork(PROGRAM, [JSON.stringify(parts)], {
      execArgv: ["--conditions=source", "--disable-warning=DeprecationWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (said: Buffer) => {
      this.#said = `${this.#said}${said}`.slice(-SAID_MAX);
    });
  }

  /**
   * The next message of a type, however long ago the last came.
   *
   * @throws Error when the process ends before, or after two minutes
   */
  next(
    type: WorkerMessage["type"],
    fits: (message: WorkerMessage) => boolean = () => true,
  ): Promise<WorkerMessage> {
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        clearTimeout(late);
        this.#child.off("message", hear).off("exit", ended);
        settled();
      };
      const hear = (message: WorkerMessage): void => {
        if (message.type === type && fits(message)) settle(() => resolve(message));
      };
      const fail = (why: string): void => settle(() => reject(new Error(`${why} ${this.#said}`)));
      const ended = (): void => fail(`the worker ended before it said "${type}".`);
      const late = setTimeout(() => fail(`the worker did not say "${type}" in time.`), LIMIT_MS);
      this.#child.on("message", hear).on("exit", ended);
    });
  }

  /** Tells every message of a type from now on. */
  each(type: WorkerMessage["type"], tell: (message: WorkerMessage) => void): void {
    this.#child.on("message", (message: WorkerMessage) => {
      if (message.type === type) tell(message);
    });
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
