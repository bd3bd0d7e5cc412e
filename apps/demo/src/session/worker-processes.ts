import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PARTS } from "../workflow/stage-names.ts";

const PROGRAM = fileURLToPath(new URL("../worker/main.ts", import.meta.url));
const STOP_MS = 4_000;
const SAID_MAX = 2_000;

interface Worker {
  readonly child: ChildProcess;
  readonly pid: number;
  expected: boolean;
}

/** The worker processes of a demo. None outlives this process: they end when its channel closes. */
export class WorkerProcesses {
  readonly #directory: string;
  readonly #concurrency: number;
  readonly #workers: Worker[] = [];
  /** Rejects when the last worker has ended though nobody told it to. */
  readonly allLost: Promise<never>;
  #lose: (error: Error) => void = () => undefined;
  #said = "";

  constructor(directory: string, count: number) {
    this.#directory = directory;
    this.#concurrency = Math.ceil(PARTS.length / count);
    this.allLost = new Promise((_, reject) => {
      this.#lose = reject;
    });
    this.allLost.catch(() => undefined);
  }

  get list(): readonly { readonly pid: number; readonly alive: boolean }[] {
    return this.#workers.map(({ child, pid }) => ({ pid, alive: isAlive(child) }));
  }

  /** Answers the new worker's pid. */
  start(): number {
    const child = fork(PROGRAM, [this.#directory, String(this.#concurrency)], {
      execArgv: ["--conditions=source"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const worker: Worker = { child, pid: child.pid ?? 0, expected: false };
    this.#workers.push(worker);
    child.stderr?.on("data", (said: Buffer) => {
      this.#said = `${this.#said}${said}`.slice(-SAID_MAX);
    });
    child.on("error", (error) => this.#lose(error));
    child.on("exit", (code, signal) => this.#ended(worker, signal ?? `exit code ${code}`));
    return worker.pid;
  }

  /** SIGKILL: nothing of the worker's own runs any more. Resolves when it is gone. */
  async kill(pid: number): Promise<void> {
    const worker = this.#workers.find((each) => each.pid === pid && isAlive(each.child));
    if (!worker) return;
    worker.expected = true;
    const gone = once(worker.child, "exit");
    worker.child.kill("SIGKILL");
    await gone;
  }

  /** Lets every worker end in order, and kills those that take too long. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => stopped(worker)));
  }

  #ended({ expected, pid }: Worker, how: string): void {
    if (expected || this.list.some(({ alive }) => alive)) return;
    const said = this.#said.trim();
    const last = said === "" ? "" : ` It said:\n${said}`;
    this.#lose(new Error(`Worker ${pid} ended by itself (${how}).${last}`));
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

async function stopped(worker: Worker): Promise<void> {
  const { child } = worker;
  if (!isAlive(child)) return;
  worker.expected = true;
  const gone = once(child, "exit");
  if (child.connected) child.disconnect();
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(late);
}
