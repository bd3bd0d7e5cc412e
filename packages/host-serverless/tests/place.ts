import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeRuntime, systemClock } from "@pawl/host-node";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type RunView,
} from "@pawl/kernel";
import type { Clock, JobTransport, Persistence, Runtime } from "@pawl/kernel/ports";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { createMemoryTransport } from "@pawl/transport-memory";

/** What a test opened, in order. */
export interface Undo {
  add(act: () => Promise<unknown>): void;
  /** Closes it all, last first. */
  all(): Promise<void>;
}

export function undoing(): Undo {
  const acts: (() => Promise<unknown>)[] = [];
  return {
    add: (act) => void acts.push(act),
    async all() {
      for (const act of acts.splice(0).reverse()) await act();
    },
  };
}

/** What hosts of one process are made of. */
export interface Process {
  readonly persistence: Persistence;
  readonly kernel: Kernel;
  /** What every host takes. */
  readonly parts: {
    readonly kernel: Kernel;
    readonly jobTransport: JobTransport;
    readonly runtime: Runtime;
    readonly clock: Clock;
  };
}

/** A database and a queue in real time, shared by every process opened on them. */
export interface Place {
  open(): Promise<Process>;
}

/** What processes share, beside blobs in memory. */
export interface Shared {
  openPersistence(): Promise<Persistence>;
  readonly jobTransport: JobTransport;
}

/** A SQLite database and a queue in memory. */
async function onSqlite(undo: Undo): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), "pawl-functions-"));
  undo.add(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "pawl.db");
  return {
    openPersistence: () => createSqlitePersistence({ path, synchronous: "NORMAL" }),
    jobTransport: createMemoryTransport({ clock: systemClock }),
  };
}

export async function newPlace(
  workflows: readonly AnyWorkflow[],
  undo: Undo,
  shared?: Shared,
): Promise<Place> {
  const { openPersistence, jobTransport } = shared ?? (await onSqlite(undo));
  undo.add(() => jobTransport.close());
  const clock = systemClock;
  const blobStore = createMemoryBlobStore();
  const registry = createRegistry(workflows);
  return {
    async open() {
      const persistence = await openPersistence();
      undo.add(() => persistence.close());
      const runtime = createNodeRuntime();
      const parts = { persistence, blobStore, jobTransport, registry, clock, runtime };
      const kernel = createKernel({ ...parts, ids: createIdSource() });
      return { persistence, kernel, parts: { kernel, jobTransport, runtime, clock } };
    },
  };
}

/** The run, once this process says that it has ended. */
export function endOf(kernel: Kernel, runId: string): Promise<RunView> {
  return new Promise((resolve, reject) => {
    const look = async (): Promise<void> => {
      const run = await kernel.query.getRun(runId);
      if (run.endedAt === null) return;
      unlisten();
      resolve(run);
    };
    const unlisten = kernel.listen((news) => {
      if (news.type === "runEnded" && news.runId === runId) look().catch(reject);
    });
    look().catch(reject);
  });
}
