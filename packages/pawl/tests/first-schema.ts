import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFsBlobStore } from "@pawl/blob-fs";
import { createIdSource, createNodeRuntime } from "@pawl/host-node";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  defineStage,
  defineWorkflow,
  type Kernel,
  WorkflowBuilder,
} from "@pawl/kernel";
import type { Persistence, SessionRef } from "@pawl/kernel/ports";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { createSqlTransport } from "@pawl/transport-sql";
import Database from "better-sqlite3";
import { expect } from "vitest";

/** Written once, by the version of the first schema: later ones must go on opening it. */
export const FIRST_SCHEMA = new URL(
  "../../persistence-sql/tests/fixtures/first-schema.sql",
  import.meta.url,
);
export const WRITTEN_AT = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const LEASE_MS = 30_000;

const stage = (id: string) =>
  defineStage({ id, schemas: {}, execute: async () => ({ output: id as never }) });

/** An error that tells nothing of the machine on which it was thrown. */
const placeless = (message: string): Error =>
  Object.assign(new Error(message), { stack: `Error: ${message}` });

/** What the runs of the fixture are of; their structure must stay as it is. */
const WORKFLOWS: readonly AnyWorkflow[] = [
  defineWorkflow({ id: "echo", run: async (_ctx, input) => input }),
  defineWorkflow({
    id: "nap",
    runTimeout: "1 week",
    run: async (ctx, input) => {
      const before = await ctx.step("before", () => `${input} before`);
      await ctx.sleep("nap", HOUR_MS);
      return ctx.step("after", () => `${before} and after`);
    },
  }),
  defineWorkflow({
    id: "brief",
    runTimeout: 2 * HOUR_MS,
    run: async (ctx) => ctx.sleep("nap", 3 * HOUR_MS),
  }),
  defineWorkflow({
    id: "flaky",
    retry: { maxAttempts: 2, initialDelay: HOUR_MS, maxDelay: HOUR_MS, jitter: 0 },
    run: async (ctx) => {
      const first = await ctx.step("first", () => new Map([["k", 1n]]));
      if (ctx.attempt === 1) throw placeless("not at first");
      return [first, new Date(0)];
    },
  }),
  defineWorkflow({
    id: "fragile",
    run: async (ctx) => {
      if (ctx.attempt === 1) throw placeless("broken");
      return "mended";
    },
  }),
  new WorkflowBuilder("fan")
    .pipe(stage("root"))
    .parallel([stage("left"), stage("right")])
    .pipe(stage("join"))
    .build(),
];

interface Opening {
  /** Folder of payloads that are too large for a row. */
  readonly blobs: string;
  open(clock: { now(): number }): Promise<Persistence>;
}

/** A kernel on a database at one instant, with a one-line host. */
export class Process {
  readonly kernel: Kernel;
  readonly close: () => Promise<void>;

  private constructor(kernel: Kernel, close: () => Promise<void>) {
    this.kernel = kernel;
    this.close = close;
  }

  static on(path: string, now: number): Promise<Process> {
    return Process.opening(now, {
      blobs: `${path}.blobs`,
      open: (clock) => createSqlitePersistence({ path, clock }),
    });
  }

  static async opening(now: number, { blobs, open }: Opening): Promise<Process> {
    const clock = { now: () => now, monotonic: () => now };
    const persistence = await open(clock);
    const kernel = createKernel({
      persistence,
      blobStore: createFsBlobStore({ directory: blobs }),
      jobTransport: createSqlTransport(),
      registry: createRegistry(WORKFLOWS),
      clock,
      runtime: createNodeRuntime(),
      ids: createIdSource({ clock }),
    });
    return new Process(kernel, () => persistence.close());
  }

  session(): Promise<SessionRef> {
    const registration = { workerId: "w", host: "h", pid: 1, leaseTtlMs: LEASE_MS };
    return this.kernel.dispatch({ type: "worker.register", ...registration });
  }

  start(name: string, workflowId: string, more: object = {}): Promise<unknown> {
    const command = { workflowId, input: name, labels: { name }, ...more };
    return this.kernel.dispatch({ type: "run.create", ...command });
  }

  /** Claims and executes what there is, this often at most. */
  async work(rounds = 100): Promise<void> {
    const session = await this.session();
    for (let round = 0; round < rounds; round++) {
      const claimed = [
        ...(await this.kernel.dispatch({ type: "job.claim", session, limit: 10 })),
        ...(await this.kernel.dispatch({ type: "job.claim", session, limit: 1, alone: true })),
      ];
      if (claimed.length === 0) return;
      for (const one of claimed) {
        await this.kernel.dispatch({ type: "job.execute", session, claimed: one });
      }
    }
  }

  /** The run of a name. */
  async runOf(name: string): Promise<{ readonly id: string; readonly status: string }> {
    const { runs } = await this.kernel.query.listRuns({ labels: { name } });
    const [run] = runs;
    if (!run) throw new Error(`there is no run ${name}`);
    return run;
  }
}

/** Runs in every state that this version knows, each labelled with what it is in. */
export async function writeStates(process: Process): Promise<void> {
  const { kernel } = process;
  await process.start("completed", "echo");
  await process.start("suspended", "nap");
  await process.start("paused", "nap");
  await process.start("overdue", "brief");
  await process.start("retrying", "flaky");
  await process.start("failed", "fragile");
  await process.work();
  const { id: workflowRunId } = await process.runOf("paused");
  await kernel.dispatch({ type: "run.pause", workflowRunId, actor: "ann", reason: "rush" });
  await process.start("cancelled", "nap");
  const cancelled = await process.runOf("cancelled");
  await kernel.dispatch({ type: "run.cancel", workflowRunId: cancelled.id, actor: "ann" });
  await process.start("joining", "fan");
  await process.work(1);
  const session = await process.session();
  const [first] = await kernel.dispatch({ type: "job.claim", session, limit: 2 });
  if (first) await kernel.dispatch({ type: "job.execute", session, claimed: first });
  await process.start("quarantined", "echo");
  await quarantine(process);
  await process.start("pending", "echo", { startAt: WRITTEN_AT + HOUR_MS });
  await process.start("ready", "echo", { idempotencyKey: "ready" });
}

/** Loses what is ready until nobody may take it any more. */
async function quarantine(process: Process): Promise<void> {
  const { kernel } = process;
  for (let losses = 0; losses < 5; losses++) {
    const session = await process.session();
    await kernel.dispatch({ type: "job.claim", session, limit: 1, alone: losses > 1 });
    await kernel.dispatch({ type: "lease.reapStale", dead: [session.id] });
  }
}

/** Ends every run that can be ended: a day later, by another process. */
async function finishAll(process: Process): Promise<void> {
  const { kernel } = process;
  const { id: workflowRunId } = await process.runOf("paused");
  await kernel.dispatch({ type: "run.resume", workflowRunId });
  for (const { id } of await kernel.dispatch({ type: "deadletter.list" })) {
    await kernel.dispatch({ type: "deadletter.replay", id });
  }
  await kernel.maintain({ thorough: true });
  await process.work();
}

/** The runs of the fixture, and what they are in. */
const WRITTEN: Readonly<Record<string, string>> = {
  completed: "completed",
  suspended: "running",
  paused: "paused",
  overdue: "running",
  retrying: "running",
  failed: "failed",
  cancelled: "cancelled",
  joining: "running",
  quarantined: "running",
  pending: "pending",
  ready: "running",
};

async function statuses(process: Process): Promise<Readonly<Record<string, string>>> {
  const entries = Object.keys(WRITTEN).map(
    async (name) => [name, (await process.runOf(name)).status] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** A day later, every run ends as it would have, had nothing been upgraded. */
export async function finishes(open: (now: number) => Promise<Process>): Promise<void> {
  const process = await open(WRITTEN_AT + 24 * HOUR_MS);
  try {
    expect(await statuses(process)).toEqual(WRITTEN);
    await finishAll(process);
    const ended = Object.fromEntries(Object.keys(WRITTEN).map((name) => [name, "completed"]));
    expect(await statuses(process)).toEqual({
      ...ended,
      cancelled: "cancelled",
      overdue: "failed",
    });
    const { id } = await process.runOf("suspended");
    const run = await process.kernel.query.getRun(id);
    expect(run.output).toBe("suspended before and after");
    const retried = await process.kernel.query.getRun((await process.runOf("retrying")).id);
    expect(retried.output).toEqual([new Map([["k", 1n]]), new Date(0)]);
    expect(await process.kernel.dispatch({ type: "deadletter.list" })).toEqual([]);
  } finally {
    await process.close();
  }
}

/** Everything in a database file as SQL text. */
export function sqlOf(path: string): string {
  const database = new Database(path, { readonly: true });
  const masters = database
    .prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    .all() as { type: string; name: string; sql: string }[];
  const rows = masters
    .filter(({ type }) => type === "table")
    .flatMap(({ name }) => insertsOf(database, name));
  database.close();
  return [...masters.map(({ sql }) => `${sql};`), ...rows, ""].join("\n");
}

function insertsOf(database: Database.Database, table: string): readonly string[] {
  const columns = (database.pragma(`table_info("${table}")`) as { name: string }[])
    .map(({ name }) => `quote("${name}")`)
    .join(" || ', ' || ");
  const values = database.prepare(`SELECT ${columns} FROM "${table}"`).pluck().all();
  return values.map((row) => `INSERT INTO "${table}" VALUES (${row});`);
}

/** A database file of its own in a folder of its own. */
export function temporaryFile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "pawl-upgrade-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { path: join(folder, "pawl.db"), remove };
}
