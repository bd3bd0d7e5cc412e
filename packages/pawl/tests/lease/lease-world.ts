import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDatabase } from "@pawl/services";
import { expect } from "vitest";
import { type Environment, type Pawl, pawl, type RunHandle } from "../../src/index.ts";
import { heldWorkflow, type LeaseSettings, type Said } from "./held-workflow.ts";

const PROGRAM = fileURLToPath(new URL("lease-program.ts", import.meta.url));

/** A server of databases. */
export interface Place {
  readonly url: string;
}

type Stats = Said & { type: "stats" };

export interface Worker {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly said: Said[];
  /** How often its step's body began. */
  entered(): number;
  stats(): Promise<Stats>;
}

/** A database, this process as a worker that ends the step at once, and others that hold it. */
export interface LeaseWorld {
  /** Of the database, where it is on a server. */
  readonly url: string | undefined;
  /** This process. */
  app(options?: { readonly leaseTtlMs?: number; readonly worker?: boolean }): Promise<Pawl>;
  worker(settings: Partial<LeaseSettings>): Promise<Worker>;
  /** A run whose step that worker has begun, its lease having been renewed before. */
  startOn(app: Pawl, worker: Worker): Promise<RunHandle<unknown>>;
  /** Resolves with the lock that tells of that worker's death, once its session says so. */
  lockOf(app: Pawl, worker: Worker): Promise<string>;
  end(): Promise<void>;
}

const held = heldWorkflow(async () => process.pid);

/** A world for one test, on a server or, without one, on a file. */
export async function inLeaseWorld(
  server: Place | undefined,
  body: (world: LeaseWorld) => Promise<void>,
): Promise<void> {
  const world = await leaseWorld(server);
  try {
    await body(world);
  } finally {
    await world.end();
  }
}

async function leaseWorld(server: Place | undefined): Promise<LeaseWorld> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-lease-"));
  const database = server && (await freshDatabase(server));
  const url = database?.url;
  const environment: Environment = url ? { PAWL_DATABASE_URL: url, PAWL_MIGRATE: "auto" } : {};
  const apps: Pawl[] = [];
  const children: ChildProcess[] = [];
  return {
    url,
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
      const renewals = async (): Promise<number> => {
        const row = await rowOf(app, worker);
        return row ? row.beatAt - row.startedAt : 0;
      };
      await expect.poll(renewals, { timeout: 10_000 }).toBeGreaterThan(0);
      const run = await app.start(held, undefined);
      await expect.poll(() => worker.entered(), { timeout: 10_000 }).toBe(1);
      return run;
    },
    async lockOf(app, worker) {
      const find = async (): Promise<string> => String((await rowOf(app, worker))?.lockName);
      await expect.poll(find, { timeout: 10_000 }).toMatch(/^pawl /);
      return find();
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
      const told = () => said.filter((one): one is Stats => one.type === "stats");
      const before = told().length;
      child.send("stats?");
      // Several messages may come at once, of which a waiting promise sees the first alone.
      for (;;) {
        const answer = told()[before];
        if (answer) return answer;
        await once(child, "message");
      }
    },
  };
}

const rowOf = async (app: Pawl, { pid }: Worker) =>
  (await app.kernel.query.listWorkers()).find((row) => row.pid === pid);

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
