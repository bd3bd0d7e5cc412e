import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource } from "@pawl/host-node";
import { type AnyWorkflow, createKernel, createRegistry, type Kernel } from "@pawl/kernel";
import type { Job, JobTransport } from "@pawl/kernel/ports";
import {
  createMemoryPersistence,
  createMemoryStore,
  type Fault,
  type MemoryPersistence,
  type MemoryStore,
} from "@pawl/persistence-memory";
import { createVirtualTime, type VirtualTime } from "@pawl/test-parts/virtual-time";
import { createMemoryTransport } from "@pawl/transport-memory";
import {
  countQueries,
  createQueryCounter,
  createServerlessHost,
  type QueryCounter,
  type ServerlessHost,
  type ServerlessHostOptions,
} from "../src/index.ts";

/** One process of functions: a kernel and a host on memory in virtual time. */
export interface World {
  readonly time: VirtualTime;
  readonly kernel: Kernel;
  readonly host: ServerlessHost;
  readonly jobTransport: JobTransport;
  readonly persistence: MemoryPersistence;
  readonly store: MemoryStore;
  readonly queries: QueryCounter;
  readonly lines: { readonly level: string; readonly message: string }[];
  /** Names of the calls made to the persistence so far. */
  readonly calls: string[];
  freeze(): void;
  thaw(): void;
  /** What calls of this name suffer from now on; nothing when undefined. */
  fail(method: string, fault: Fault | undefined): void;
  /** Starts a run and answers its id. */
  start(workflowId: string, input?: unknown): Promise<string>;
  /** Takes the jobs that the transport has: what a queue would bring a function. */
  jobs(): Promise<readonly Job[]>;
  /** Takes the one that it has. */
  job(): Promise<Job>;
  /** Keys of the steps recorded for a run, sorted. */
  recorded(runId: string): readonly string[];
}

export interface WorldOptions {
  readonly workflows: readonly AnyWorkflow[];
  readonly transport?: (time: VirtualTime) => JobTransport;
  /** Shares time, rows and transport with another world, as a second process would. */
  readonly beside?: World;
  readonly options?: Partial<ServerlessHostOptions>;
}

export function createWorld({ workflows, transport, beside, options }: WorldOptions): World {
  const time = beside?.time ?? createVirtualTime();
  const store = beside?.store ?? createMemoryStore();
  const { clock } = time;
  const { runtime, freeze, thaw } = time.process();
  const faults = new Map<string, Fault>();
  const calls: string[] = [];
  const lines: { level: string; message: string }[] = [];
  const logger: ServerlessHostOptions["logger"] = {
    log: (level, message) => void lines.push({ level, message }),
  };
  const persistence = createMemoryPersistence({
    clock,
    store,
    faults: ({ method }) => {
      calls.push(method);
      return faults.get(method);
    },
  });
  const jobTransport =
    beside?.jobTransport ?? transport?.(time) ?? createMemoryTransport({ clock, runtime });
  const queries = createQueryCounter();
  const kernel = createKernel({
    persistence: countQueries(persistence, queries),
    jobTransport,
    clock,
    runtime,
    logger,
    blobStore: createMemoryBlobStore(),
    ids: createIdSource({ clock }),
    registry: createRegistry(workflows),
  });
  const host = createServerlessHost({
    kernel,
    jobTransport,
    clock,
    runtime,
    logger,
    queries,
    workerId: "fn",
    ...options,
  });
  const jobs = async (): Promise<readonly Job[]> => {
    const taken = await jobTransport.dequeue({ workerId: "queue", limit: 1_000, waitMs: 0 });
    await jobTransport.ack(taken.map(({ receipt }) => receipt));
    return taken.map(({ body }) => body as Job);
  };
  return {
    time,
    kernel,
    host,
    jobTransport,
    persistence,
    store,
    queries,
    lines,
    calls,
    freeze,
    thaw,
    fail: (method, fault) => void (fault ? faults.set(method, fault) : faults.delete(method)),
    start: async (workflowId, input) => {
      const command = { type: "run.create", workflowId, input } as const;
      const { workflowRunId } = await kernel.dispatch(command);
      await time.until(kernel.handedOver());
      return workflowRunId;
    },
    jobs,
    job: async () => {
      const [job, ...others] = await jobs();
      if (!job || others.length > 0) throw new Error(`${job ? "several" : "no"} jobs are there`);
      return job;
    },
    recorded: (runId) =>
      persistence
        .dump()
        .steps.filter((step) => step.runId === runId)
        .map(({ key }) => key)
        .sort(),
  };
}

/** A queue that brings everything at once, though it says that it can delay. */
export function hastyTransport({ clock, runtime }: VirtualTime): JobTransport {
  const transport = createMemoryTransport({ clock, runtime });
  return {
    ...transport,
    enqueue: (jobs) => transport.enqueue(jobs.map((job) => ({ ...job, notBefore: 0 }))),
  };
}

/** A queue that takes its time to take jobs. */
export function slowTransport({ clock, runtime }: VirtualTime): JobTransport {
  const transport = createMemoryTransport({ clock, runtime });
  return {
    ...transport,
    enqueue: async (jobs) => {
      await runtime.after(100);
      return transport.enqueue(jobs);
    },
  };
}

/** A promise and how to settle it. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
