import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { tellKeeper } from "./keeper.ts";
import { unprivileged } from "./unprivileged.ts";

const READY_MS_MAX = 60_000;
const LOOK_EVERY_MS = 10;
const SAID_MAX = 4_000;

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Also the home of the process. */
  readonly folder: string;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
  /** Runs as whoever starts it; default: as nobody when root does. */
  readonly asCaller?: boolean;
}

/** A server that runs, and runs again: the same command on the same data. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  /**
   * Resolves when it answers.
   *
   * @throws Error with what it said, when it ends before or stays silent for a minute
   */
  async start(): Promise<void> {
    if (this.#child) return;
    const { program, args, folder, isReady, asCaller } = this.#command;
    const log = openSync(this.#logPath, "w");
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      env: { PATH: process.env.PATH, HOME: folder, LC_ALL: "C" },
      stdio: ["ignore", log, log],
      ...(asCaller ? {} : unprivileged()),
    });
    closeSync(log);
    child.on("error", () => {});
    this.#child = child;
    const { pid } = child;
    if (pid !== undefined) {
      tellKeeper({ pid });
      child.once("exit", () => tellKeeper({ pid, ended: true }));
    }
    const deadline = performance.now() + READY_MS_MAX;
    while (!(await isReady())) {
      if (hasEnded(child) || performance.now() > deadline) {
        await this.stop("SIGKILL");
        throw new Error(`${program} did not start: ${this.log().slice(-SAID_MAX)}`);
      }
      await after(LOOK_EVERY_MS);
    }
    child.unref();
  }

  /** Resolves when the process is gone. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || hasEnded(child)) return;
    child.ref();
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** To a process that is there. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** What it wrote since its last start. */
  log(): string {
    return readFileSync(this.#logPath, "utf8");
  }

  get #logPath(): string {
    return join(this.#command.folder, "server.log");
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
