import { hostname } from "node:os";
import { join } from "node:path";
import { createFsBlobStore } from "@pawl/blob-fs";
import {
  createConsoleLogger,
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  systemClock,
} from "@pawl/host-node";
import { type AnyWorkflow, createKernel, createRegistry, type Kernel } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { createSqlTransport } from "@pawl/transport-sql";

export interface EngineParts {
  /** As the app that started the run has it. */
  readonly directory: string;
  readonly persistence: Persistence;
  readonly workflow: AnyWorkflow;
  /** Stages that run at once. */
  readonly concurrency: number;
}

/**
 * The engine that `pawl()` would put together, but one that looks for work and for dead
 * neighbours far more often: a demo ends before a worker's usual second is over.
 */
export function engineOf(parts: EngineParts): { readonly kernel: Kernel; readonly host: NodeHost } {
  const { directory, persistence, workflow, concurrency } = parts;
  const runtime = createNodeRuntime();
  const jobTransport = createSqlTransport();
  const logger = createConsoleLogger({ level: "error" });
  const kernel = createKernel({
    persistence,
    registry: createRegistry([workflow]),
    jobTransport,
    runtime,
    logger,
    blobStore: createFsBlobStore({ directory: join(directory, "blobs") }),
    clock: systemClock,
    ids: createIdSource(),
  });
  const host = createNodeHost({
    kernel,
    jobTransport,
    runtime,
    logger,
    workerId: `${hostname()}-${process.pid}`,
    handleSignals: false,
    concurrency,
    jobPollIntervalMs: 50,
    orchestrationIntervalMs: 1_000,
  });
  return { kernel, host };
}
