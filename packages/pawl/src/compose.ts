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
import { createKernel, type Kernel, type WorkflowRegistry } from "@pawl/kernel";
import type { Logger, Persistence } from "@pawl/kernel/ports";
import { createSqlTransport } from "@pawl/transport-sql";
import type { PawlOptions } from "./options.ts";
import { RunEnds } from "./run-ends.ts";

export interface Opened {
  readonly persistence: Persistence;
  readonly registry: WorkflowRegistry;
  readonly blobDirectory: string;
}

export interface AppParts {
  readonly kernel: Kernel;
  readonly host: NodeHost;
  readonly ends: RunEnds;
}

const CLOSE_LAST = Number.MIN_SAFE_INTEGER;

/** The kernel and host of an app; the host's end closes what was opened. */
export function compose(options: PawlOptions, opened: Opened): AppParts {
  const { persistence, registry, blobDirectory } = opened;
  const { logger = defaultLogger(), limits } = options;
  const runtime = createNodeRuntime();
  const [jobTransport = createSqlTransport(), ...others] = options.transports ?? [];
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
    transports: [jobTransport, ...others],
    runtime,
    logger,
    heartbeatDescriptor: persistence.heartbeatDescriptor?.(),
    workerId: `${hostname()}-${process.pid}`,
    handleSignals: options.handleSignals ?? false,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(limits?.leaseTtlMs === undefined ? {} : { leaseTtlMs: limits.leaseTtlMs }),
    ...options.host,
  });
  const ends = new RunEnds({ kernel, persistence, runtime, logger });
  host.onShutdown(() => ends.close(), { priority: CLOSE_LAST + 1 });
  host.onShutdown(() => persistence.close(), { priority: CLOSE_LAST });
  return { kernel, host, ends };
}

/** People read a terminal; elsewhere a program may. */
export const defaultLogger = (): Logger =>
  createConsoleLogger({ level: "warn", format: process.stderr.isTTY ? "text" : "json" });
