import { hostname } from "node:os";
import {
  createConsoleLogger,
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  systemClock,
} from "@pawl/host-node";
import { createKernel, type Kernel, type WorkflowRegistry } from "@pawl/kernel";
import type { BlobStore, JobTransport, Logger, Persistence } from "@pawl/kernel/ports";
import { createSqlTransport } from "@pawl/transport-sql";
import type { OwnTransports } from "./open-transports.ts";
import type { PawlOptions } from "./options.ts";
import { RunEnds } from "./run-ends.ts";

export interface Opened {
  readonly persistence: Persistence;
  readonly registry: WorkflowRegistry;
  readonly blobStore: BlobStore;
  /** Absent where the program brought its own. */
  readonly own?: OwnTransports | undefined;
}

export interface AppParts {
  readonly kernel: Kernel;
  readonly host: NodeHost;
  readonly ends: RunEnds;
}

const CLOSE_LAST = Number.MIN_SAFE_INTEGER;

/** The kernel and host of an app; the host's end closes what was opened. */
export function compose(options: PawlOptions, opened: Opened): AppParts {
  const { persistence, registry, blobStore, own } = opened;
  const { logger = defaultLogger(), limits } = options;
  const runtime = createNodeRuntime();
  const transports = transportsOf(options, own);
  const [jobTransport] = transports;
  const kernel = createKernel({
    persistence,
    registry,
    jobTransport,
    runtime,
    logger,
    blobStore,
    clock: systemClock,
    ids: createIdSource(),
    ...(options.eventSink ? { eventSink: options.eventSink } : {}),
    ...(limits ? { limits } : {}),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  });
  const host = createNodeHost({
    kernel,
    transports,
    runtime,
    logger,
    heartbeatDescriptor: persistence.heartbeatDescriptor?.(),
    workerId: `${hostname()}-${process.pid}`,
    handleSignals: options.handleSignals ?? false,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(limits?.leaseTtlMs === undefined ? {} : { leaseTtlMs: limits.leaseTtlMs }),
    ...(own?.jobPollIntervalMs ? { jobPollIntervalMs: own.jobPollIntervalMs } : {}),
    ...options.host,
  });
  const ends = new RunEnds({ kernel, persistence, runtime, logger });
  host.onShutdown(() => ends.close(), { priority: CLOSE_LAST + 1 });
  if (own) host.onShutdown(() => own.close(), { priority: CLOSE_LAST + 1 });
  host.onShutdown(() => persistence.close(), { priority: CLOSE_LAST });
  return { kernel, host, ends };
}

/** Of none at all the queue is in the database. */
function transportsOf(
  { transports }: PawlOptions,
  own: OwnTransports | undefined,
): readonly [JobTransport, ...JobTransport[]] {
  const [first = createSqlTransport(), ...others] = transports ?? own?.transports ?? [];
  return [first, ...others];
}

/** People read a terminal; elsewhere a program may. */
export const defaultLogger = (): Logger =>
  createConsoleLogger({ level: "warn", format: process.stderr.isTTY ? "text" : "json" });
