import { createMemoryBlobStore } from "@pawl/blob-memory";
import type { HostSubject } from "@pawl/conformance";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type RunView,
} from "@pawl/kernel";
import type { BlobStore, JobTransport, Persistence, Runtime } from "@pawl/kernel/ports";
import { createMemoryPersistence, createMemoryStore } from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import {
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  type NodeHostOptions,
  systemClock,
} from "../src/index.ts";

/** What is put between a host and what it is made of. */
export interface HostChange {
  readonly workflow?: (sound: AnyWorkflow) => AnyWorkflow;
  /** Database time. */
  readonly clock?: { now(): number };
  readonly persistence?: (sound: Persistence) => Persistence;
  readonly blobStore?: (sound: BlobStore) => BlobStore;
  readonly runtime?: (sound: Runtime) => Runtime;
  readonly kernel?: (sound: Kernel) => Kernel;
  readonly options?: Partial<NodeHostOptions>;
  /** Outlives restarts. Default: a colocated one. */
  readonly transport?: () => JobTransport;
  readonly subject?: (sound: HostSubject) => HostSubject;
}

interface Working {
  readonly kernel: Kernel;
  readonly host: NodeHost;
}

const same = <T>(sound: T): T => sound;

/** A host of these workflows in real time, on memory that outlives its restarts. */
export async function memoryHost(
  workflows: readonly AnyWorkflow[],
  change: HostChange = {},
): Promise<HostSubject> {
  const store = createMemoryStore();
  const blobStore = (change.blobStore ?? same)(createMemoryBlobStore());
  const registry = createRegistry(workflows.map(change.workflow ?? same));
  const jobTransport = change.transport?.() ?? createSqlTransport();
  const open = async (): Promise<Working> => {
    const parts = { registry, blobStore, jobTransport, clock: systemClock };
    const { clock = systemClock } = change;
    const working = composed(parts, createMemoryPersistence({ store, clock }), change);
    await working.host.start();
    return working;
  };
  let working = await open();
  const sound: HostSubject = {
    get kernel() {
      return working.kernel;
    },
    start: async (workflowId, input, options) => {
      const command = { type: "run.create", workflowId, input, ...options } as const;
      return (await working.kernel.dispatch(command)).workflowRunId;
    },
    result: (runId) => endOf(working.kernel, runId),
    // The old host lives on as one that froze: declared dead, and told by nobody.
    restart: async () => {
      const { sessionId } = working.host.getStats();
      void working.host.drain();
      working = await open();
      const dead = sessionId === undefined ? [] : [sessionId];
      await working.kernel.dispatch({ type: "lease.reapStale", dead });
    },
    stop: () => working.host.stop(),
  };
  return (change.subject ?? same)(sound);
}

type Parts = Pick<
  Parameters<typeof createKernel>[0],
  "registry" | "blobStore" | "jobTransport" | "clock"
>;

function composed(parts: Parts, persistence: Persistence, change: HostChange): Working {
  const { jobTransport } = parts;
  const runtime = (change.runtime ?? same)(createNodeRuntime());
  const logger = { log: () => {} };
  const kernel = (change.kernel ?? same)(
    createKernel({
      ...parts,
      persistence: (change.persistence ?? same)(persistence),
      runtime,
      logger,
      ids: createIdSource(),
    }),
  );
  const host = createNodeHost({
    kernel,
    jobTransport,
    logger,
    workerId: "w1",
    handleSignals: false,
    jobPollIntervalMs: 20,
    orchestrationIntervalMs: 50,
    drainTimeoutMs: 2_000,
    ...change.options,
  });
  return { kernel, host };
}

/** Resolves with the run when news of its end come. */
function endOf(kernel: Kernel, runId: string): Promise<RunView> {
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
