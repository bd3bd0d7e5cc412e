import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDatabase, type Server } from "@pawl/services";
import { expect } from "vitest";
import { type Environment, type Pawl, pawl, type RunHandle } from "../../src/index.ts";
import { heldWorkflow, type LeaseSettings, type Said } from "./held-workflow.ts";

const PROGRAM = fileURLToPath(new URL("lease-program.ts", import.meta.url));

export interface Worker {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly said: Said[];
  /** How often its step's body began. */
  entered(): number;
  stats(): Promise<Said & { type: "stats" }>;
}

/** A database, this process as a worker that ends the step at once, and others that hold it. */
export interface LeaseWorld {
  readonly environment: Environment;
  /** This process. */
  app(options?: { readonly leaseTtlMs?: number; readonly worker?: boolean }): Promise<Pawl>;
  worker(settings: Partial<LeaseSettings>): Promise<Worker>;
  /** A run whose step that worker has begun. */
  startOn(app: Pawl, worker: Worker): Promise<RunHandle<number>>;
  /** That worker's session says which lock tells of its death. */
  locked(app: Pawl, worker: Worker): Promise<void>;
  end(): Promise<void>;
}

export const held = heldWorkflow(async () => process.pid);

/** On a server, or without one on a file. */
export async function leaseWorld(server?: Server): Promise<LeaseWorld> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-lease-"));
  const database = server && (await freshDatabase(server));
  const url = database?.url;
  const environment: Environment = url ? { PAWL_DATABASE_URL: url, PAWL_MIGRATE: "auto" } : {};
  const apps: Pawl[] = [];
  const children: ChildProcess[] = [];
  return {
    environment,
    async app({ leaseTtlMs = 25_000, worker = true } = {}) {
      const host = { leaseTtlMs, orchestrationIntervalMs: 1_000 };
      const logger = { log: () => {} };
      const app = await pawl({ workflows: [held], directory, environment, worker, host, logger });
      apps.push(app);
      return app;
    },
    async worker(settings) {
      const given = { directory, environment, leaseTtlMs: 25_000, blockMs: 0, ...settings };
      const child = fork(PROGRAM, [JSON.stringify(given)], { execArgv: ["--conditions=source"] });
      children.push(child);
      const worker = workerOf(child);
      await expect.poll(() => worker.said, { timeout: 10_000 }).toContainEqual({ type: "up" });
      return worker;
    },
    async startOn(app, worker) {
      const run = await app.start(held, undefined);
      await expect.poll(() => worker.entered(), { timeout: 10_000 }).toBe(1);
      return run;
    },
    async locked(app, { pid }) {
      const lockName = async () => {
        const workers = await app.kernel.query.listWorkers();
        return workers.find((worker) => worker.pid === pid)?.lockName;
      };
      await expect.poll(lockName, { timeout: 10_000 }).toMatch(/^pawl /);
    },
    async end() {
      await Promise.all(children.map(kill));
      await Promise.all(apps.map((app) => app.stop()));
      await database?.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function workerOf(child: ChildProcess): Worker {
  const said: Said[] = [];
  child.on("message", (message: Said) => void said.push(message));
  return {
    process: child,
    pid: child.pid ?? 0,
    said,
    entered: () => said.filter(({ type }) => type === "entered").length,
    stats: async () => {
      child.send("stats?");
      for (;;) {
        const [message] = (await once(child, "message")) as [Said];
        if (message.type === "stats") return message;
      }
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
