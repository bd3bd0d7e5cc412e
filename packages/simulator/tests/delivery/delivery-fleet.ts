import { createMemoryBlobStore } from "@pawl/blob-memory";
import {
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  systemClock,
} from "@pawl/host-node";
import { createKernel, createRegistry, type Kernel } from "@pawl/kernel";
import type { JobTransport, Persistence } from "@pawl/kernel/ports";
import { deliveredWorkflows, type Enter } from "./delivered-workflows.ts";

/** One host of several on one database, and its ways to it and to the queue. */
export interface Member {
  readonly kernel: Kernel;
  readonly host: NodeHost;
  readonly persistence: Persistence;
  stop(): Promise<void>;
}

export interface MemberParts {
  readonly name: string;
  readonly persistence: Persistence;
  readonly jobTransport: JobTransport;
  readonly enter: Enter;
}

const CONCURRENCY = 25;
const REDISPATCH_MS = 250;

export async function startMember(parts: MemberParts): Promise<Member> {
  const { name, persistence, jobTransport, enter } = parts;
  const runtime = createNodeRuntime();
  const logger = { log: () => {} };
  const kernel = createKernel({
    persistence: claimingJobsOnly(persistence),
    jobTransport,
    runtime,
    logger,
    blobStore: createMemoryBlobStore(),
    clock: systemClock,
    ids: createIdSource(),
    registry: createRegistry(deliveredWorkflows(enter)),
    limits: { redispatchMs: REDISPATCH_MS, retryInPlaceMs: 0 },
  });
  const host = createNodeHost({
    kernel,
    jobTransport,
    runtime,
    logger,
    workerId: name,
    handleSignals: false,
    concurrency: CONCURRENCY,
    jobPollIntervalMs: 500,
    orchestrationIntervalMs: 150,
    heartbeatDescriptor: persistence.heartbeatDescriptor?.(),
  });
  await host.start();
  const stop = async (): Promise<void> => {
    await host.stop();
    await jobTransport.close();
    await persistence.close();
  };
  return { kernel, host, persistence, stop };
}

/** Nothing but a job moves a run, as on hosts that jobs are pushed to. */
const claimingJobsOnly = (sound: Persistence): Persistence => ({
  ...sound,
  claim: async (request) => (request.stages || request.alone ? sound.claim(request) : []),
});
