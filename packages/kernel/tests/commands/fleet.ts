import { createMemoryBlobStore } from "@pawl/blob-memory";
import type { AnyWorkflow, JobExecuted } from "@pawl/kernel";
import type {
  BlobStore,
  ClaimedStage,
  CommitPlan,
  Persistence,
  SessionRef,
} from "@pawl/kernel/ports";
import { createMemoryStore, type MemoryStore } from "@pawl/persistence-memory";
import { Harness, type HarnessOptions } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

/** Several processes on one database, one blob store and one time. */
export class Fleet {
  readonly world: VirtualWorld = new VirtualWorld();
  readonly store: MemoryStore = createMemoryStore();
  readonly blobStore: BlobStore = createMemoryBlobStore({ clock: this.world.clock });
  readonly #workflows: readonly AnyWorkflow[];

  constructor(workflows: readonly AnyWorkflow[]) {
    this.#workflows = workflows;
  }

  process(options: HarnessOptions = {}, workflows = this.#workflows): Harness {
    const { world, store, blobStore } = this;
    return new Harness(workflows, { world, store, blobStore, ...options });
  }
}

/** A promise that the test settles. */
export class Gate {
  readonly passed: Promise<void>;
  open: () => void = () => {};

  constructor() {
    this.passed = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

export const LEASE_MS = 25_000;

/** A session with a lease of the usual length. */
export const register = (h: Harness, more: object = {}): Promise<SessionRef> =>
  h.kernel.dispatch({
    type: "worker.register",
    workerId: "worker",
    host: "host",
    pid: 1,
    leaseTtlMs: LEASE_MS,
    ...more,
  });

export const claim = (
  h: Harness,
  session: SessionRef,
  more: object = {},
): Promise<readonly ClaimedStage[]> =>
  h.kernel.dispatch({ type: "job.claim", session, limit: 50, ...more });

/** Claims what there is under a session and begins to execute it. */
export async function begin(
  h: Harness,
  session: SessionRef,
): Promise<{ readonly claimed: readonly ClaimedStage[]; readonly ends: Promise<JobExecuted[]> }> {
  const claimed = await claim(h, session);
  const ends = Promise.all(
    claimed.map((stage) => h.kernel.dispatch({ type: "job.execute", session, claimed: stage })),
  );
  ends.catch(() => {});
  await h.world.settle();
  return { claimed, ends };
}

/** A hint at a stage row, as a transport would deliver it. */
export const hintAt = (runId: string, stageId = "main", more: object = {}): object => ({
  v: 1,
  jobId: "job",
  workflowRunId: runId,
  workflowId: "w",
  stageId,
  mapIndex: 0,
  generation: 0,
  attempt: 1,
  queue: "default",
  ...more,
});

type Hooked = "load" | "sweep" | "commit";
type Hook = () => Promise<void>;
type Call = (...args: unknown[]) => Promise<unknown>;

/** Calls `hook` after each answer of the named method, before the kernel sees it. */
export const after =
  (method: Hooked, hook: Hook) =>
  (persistence: Persistence): Persistence => ({
    ...persistence,
    [method]: async (...args: unknown[]) => {
      const answer = await (persistence[method] as Call)(...args);
      await hook();
      return answer;
    },
  });

/** Calls `hook` before each call of the named method. */
export const before =
  (method: Hooked, hook: Hook) =>
  (persistence: Persistence): Persistence => ({
    ...persistence,
    [method]: async (...args: unknown[]) => {
      await hook();
      return (persistence[method] as Call)(...args);
    },
  });

export const changesStages = (plan: CommitPlan | undefined): boolean =>
  plan?.writes.some((write) => write.op === "update" && write.table === "stages") ?? false;

/** Names of tables that hold a row that names the run. */
export const tablesNaming = (h: Harness, runId: string): string[] =>
  Object.entries(h.persistence.dump())
    .filter(([, rows]) => JSON.stringify(rows).includes(JSON.stringify(runId)))
    .map(([table]) => table);

export const eventTypes = (h: Harness, runId: string): string[] =>
  h.persistence
    .dump()
    .events.filter((event) => event.runId === runId)
    .sort((a, b) => a.rev - b.rev)
    .map((event) => event.type);
