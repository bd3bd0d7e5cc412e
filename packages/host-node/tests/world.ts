import { createMemoryBlobStore } from "@pawl/blob-memory";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type Limits,
} from "@pawl/kernel";
import type { EventSink, JobTransport, Logger } from "@pawl/kernel/ports";
import {
  createMemoryPersistence,
  createMemoryStore,
  type Fault,
  type MemoryPersistence,
  type MemoryStore,
} from "@pawl/persistence-memory";
import { createVirtualTime, type VirtualTime } from "@pawl/test-parts/virtual-time";
import { createSqlTransport } from "@pawl/transport-sql";
import {
  createIdSource,
  createNodeHost,
  type NodeHost,
  type NodeHostOptions,
} from "../src/index.ts";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A kernel on memory adapters in virtual time, seen and disturbed by a test. */
export interface World {
  readonly time: VirtualTime;
  readonly kernel: Kernel;
  readonly persistence: MemoryPersistence;
  readonly jobTransport: JobTransport;
  readonly store: MemoryStore;
  /** Names of the calls made to the persistence so far. */
  readonly calls: string[];
  readonly lines: LogLine[];
  readonly logger: Logger;
  /** What calls of this name suffer from now on; nothing when undefined. */
  fail(method: string, fault: Fault | undefined): void;
  host(options?: Partial<NodeHostOptions>): NodeHost;
  /** Starts a run and answers its id. */
  start(workflowId: string, input?: unknown): Promise<string>;
  statusOf(runId: string): Promise<string>;
}

export interface WorldOptions {
  readonly workflows: readonly AnyWorkflow[];
  /** Default: a colocated one. */
  readonly transport?: (time: VirtualTime) => JobTransport;
  readonly eventSink?: EventSink;
  readonly limits?: Partial<Limits>;
  /** Shares time and rows with another world, as a second process would. */
  readonly beside?: World;
  /** The store tells other processes of work. */
  readonly notify?: boolean;
}

export function createWorld(options: WorldOptions): World {
  const { workflows, transport, eventSink, limits, beside, notify = false } = options;
  const time = beside?.time ?? createVirtualTime();
  const store = beside?.store ?? createMemoryStore();
  const faults = new Map<string, Fault>();
  const calls: string[] = [];
  const lines: LogLine[] = [];
  const logger: Logger = {
    log: (level, message, facts) => void lines.push({ level, message, facts }),
  };
  const persistence = createMemoryPersistence({
    clock: time.clock,
    store,
    notify,
    faults: ({ method }) => {
      calls.push(method);
      return faults.get(method);
    },
  });
  const jobTransport = transport?.(time) ?? createSqlTransport();
  const { clock, runtime } = time;
  const kernel = createKernel({
    persistence,
    jobTransport,
    clock,
    runtime,
    logger,
    blobStore: createMemoryBlobStore(),
    ids: createIdSource({ clock }),
    registry: createRegistry(workflows),
    ...(eventSink ? { eventSink } : {}),
    ...(limits ? { limits } : {}),
  });
  return {
    time,
    kernel,
    persistence,
    jobTransport,
    store,
    calls,
    lines,
    logger,
    fail: (method, fault) => void (fault ? faults.set(method, fault) : faults.delete(method)),
    host: (options) =>
      createNodeHost({
        kernel,
        jobTransport,
        clock,
        runtime,
        logger,
        workerId: "w1",
        handleSignals: false,
        random: () => 0.5,
        ...options,
      }),
    start: async (workflowId, input) => {
      const command = { type: "run.create", workflowId, input } as const;
      return (await kernel.dispatch(command)).workflowRunId;
    },
    statusOf: async (runId) => (await kernel.query.getRun(runId)).status,
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
