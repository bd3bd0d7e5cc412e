import { hostname } from "node:os";
import { createFsBlobStore } from "@pawl/blob-fs";
import {
  createConsoleLogger,
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  systemClock,
} from "@pawl/host-node";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type Limits,
  type Workflow,
} from "@pawl/kernel";
import type { EventSink, Logger, Persistence } from "@pawl/kernel/ports";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { createSqlTransport } from "@pawl/transport-sql";
import { type Environment, locate } from "./locations.ts";
import { assertNodeVersion } from "./node-version.ts";
import { RunEnds } from "./run-ends.ts";
import { type RunHandle, runHandle } from "./run-handle.ts";

export interface PawlOptions {
  /** Workflows that this process can start and execute. */
  readonly workflows: readonly AnyWorkflow[];
  /** Folder of all state. Default ".pawl". */
  readonly directory?: string;
  /** Database file. Default: PAWL_DATABASE_URL, DATABASE_URL, else `pawl.db` in `directory`. */
  readonly databasePath?: string;
  /** Stages that run at once in this process. Default 10. */
  readonly concurrency?: number;
  /** False: this process only starts runs and waits for them. Default true. */
  readonly worker?: boolean;
  /** SIGTERM and SIGINT stop the app and end the process. Default false. */
  readonly handleSignals?: boolean;
  /** Gets every event of every run, at least once. */
  readonly eventSink?: EventSink;
  /** Default: JSON lines on standard error, from level `warn`. */
  readonly logger?: Logger;
  readonly limits?: Partial<Limits>;
  /** Runs of another namespace are unknown here. Default "default". */
  readonly namespace?: string;
  /** `NORMAL` is faster; loss of power may then take the last commits. Default `FULL`. */
  readonly synchronous?: "FULL" | "NORMAL";
  /** Variables that say where state lives. Default: those of the process. */
  readonly environment?: Environment;
}

export interface StartOptions {
  /** Starting again with the same key and input answers the same run. */
  readonly idempotencyKey?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Higher goes first. Default 0. */
  readonly priority?: number;
  /** Epoch milliseconds or a date; the run is pending until then. */
  readonly startAt?: number | Date;
  /** Config by stage id. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly queue?: string;
}

/** An engine with its worker in this process. */
export interface Pawl {
  /**
   * Starts a run; when this resolves it is stored and will be carried out.
   *
   * @throws EngineError E_INPUT_INVALID, E_CONFIG_INVALID, E_IDEMPOTENCY_CONFLICT,
   * E_WORKFLOW_UNKNOWN
   */
  start<In, Out>(
    workflow: Workflow<In, Out>,
    input: NoInfer<In>,
    options?: StartOptions,
  ): Promise<RunHandle<Out>>;
  /** A run that was started before, perhaps by another process. */
  run<Out = unknown>(id: string): RunHandle<Out>;
  readonly kernel: Kernel;
  readonly host: NodeHost;
  /** Ends what runs, or gives it back, and closes everything. Then the process may exit. */
  stop(): Promise<void>;
}

const CLOSE_LAST = Number.MIN_SAFE_INTEGER;

/**
 * Durable workflows with nothing to configure: a SQLite file, and a worker in this process.
 *
 * @throws EngineError E_RUNTIME_TOO_OLD, E_UNSUPPORTED, E_CONFIG_INVALID, E_WORKFLOW_DUPLICATE,
 * E_WORKFLOW_DRIFT
 */
export async function pawl(options: PawlOptions): Promise<Pawl> {
  assertNodeVersion();
  const { directory, databasePath, synchronous = "FULL" } = options;
  const places = locate({ directory, databasePath }, options.environment ?? process.env);
  const registry = createRegistry(options.workflows);
  const persistence = await createSqlitePersistence({ path: places.databasePath, synchronous });
  try {
    const parts = compose(options, { persistence, registry, blobDirectory: places.blobDirectory });
    if (options.worker ?? true) await parts.host.start();
    return appOf(parts);
  } catch (error) {
    await persistence.close();
    throw error;
  }
}

interface Opened {
  readonly persistence: Persistence;
  readonly registry: ReturnType<typeof createRegistry>;
  readonly blobDirectory: string;
}

interface AppParts {
  readonly kernel: Kernel;
  readonly host: NodeHost;
  readonly ends: RunEnds;
}

function compose(options: PawlOptions, opened: Opened): AppParts {
  const { persistence, registry, blobDirectory } = opened;
  const { logger = createConsoleLogger({ level: "warn" }), limits } = options;
  const runtime = createNodeRuntime();
  const jobTransport = createSqlTransport();
  const kernel = createKernel({
    persistence,
    registry,
    jobTransport,
    runtime,
    logger,
    blobStore: createFsBlobStore({ directory: blobDirectory }),
    clock: systemClock,
    ids: createIdSource(),
    ...(options.eventSink ? { eventSink: options.eventSink } : {}),
    ...(limits ? { limits } : {}),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  });
  const host = createNodeHost({
    kernel,
    jobTransport,
    runtime,
    logger,
    workerId: `${hostname()}-${process.pid}`,
    handleSignals: options.handleSignals ?? false,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(limits?.leaseTtlMs === undefined ? {} : { leaseTtlMs: limits.leaseTtlMs }),
  });
  const ends = new RunEnds({ kernel, persistence, runtime, logger });
  host.onShutdown(() => ends.close(), { priority: CLOSE_LAST + 1 });
  host.onShutdown(() => persistence.close(), { priority: CLOSE_LAST });
  return { kernel, host, ends };
}

function appOf({ kernel, host, ends }: AppParts): Pawl {
  return {
    kernel,
    host,
    run: (id) => runHandle({ kernel, ends }, id),
    stop: () => host.stop(),
    start: async (workflow, input, { startAt, ...options } = {}) => {
      ends.assertOpen();
      const { workflowRunId } = await kernel.dispatch({
        type: "run.create",
        workflowId: workflow.id,
        workflowVersion: workflow.version,
        input,
        ...options,
        ...(startAt === undefined ? {} : { startAt: Number(startAt) }),
      });
      return runHandle({ kernel, ends }, workflowRunId);
    },
  };
}
