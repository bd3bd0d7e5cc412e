import { createNodeHost, type NodeHost, type NodeHostOptions } from "@pawl/host-node";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type KernelParts,
} from "@pawl/kernel";
import type { BlobStore, EventSink, JobTransport, Logger, Persistence } from "@pawl/kernel/ports";
import type { Prng } from "../world/prng.ts";
import { virtualPersistence } from "./virtual-persistence.ts";
import {
  virtualBlobs,
  virtualClock,
  virtualIds,
  virtualRuntime,
  virtualSink,
  virtualTransport,
} from "./virtual-ports.ts";
import type { VirtualProcess } from "./virtual-process.ts";

/** What all processes of a world share. */
export interface SharedPorts {
  readonly persistence: Persistence;
  readonly blobStore: BlobStore;
  readonly jobTransport: JobTransport;
  readonly eventSink: EventSink | undefined;
}

/** Where a broken part is put in, to see whether the simulation finds it. */
export interface Tampering {
  /** The shared store, below what the checks see of calls. */
  readonly wrapStore?: (sound: Persistence) => Persistence;
  /** Between a kernel and its way to the store. */
  readonly wrapPersistence?: (sound: Persistence) => Persistence;
  readonly wrapKernel?: (sound: Kernel) => Kernel;
  /** In place of the parts that a kernel would get. */
  readonly kernelParts?: (sound: KernelParts) => Partial<KernelParts>;
  readonly hostOptions?: Partial<NodeHostOptions>;
}

export interface ProcessOptions {
  readonly process: VirtualProcess;
  readonly shared: SharedPorts;
  readonly workflows: readonly AnyWorkflow[];
  readonly chance: Prng;
  readonly logger: Logger;
  readonly limits: KernelParts["limits"] & object;
  readonly host: Partial<NodeHostOptions>;
  /** Default: those of the store. */
  readonly commitLanes?: number;
  /** Claims only what a job names, and suspects. */
  readonly jobsOnly?: boolean;
  readonly tampering?: Tampering;
}

/** A kernel and a host on the virtual ports of one process. */
export interface ProcessParts {
  readonly process: VirtualProcess;
  readonly kernel: Kernel;
  readonly host: NodeHost;
}

export function createProcess(options: ProcessOptions): ProcessParts {
  const { process, shared, workflows, chance, logger, limits, tampering = {} } = options;
  const { wrapPersistence = same, wrapKernel = same } = tampering;
  const clock = virtualClock(process);
  const runtime = virtualRuntime(process);
  const jobTransport = shared.jobTransport.capabilities.colocated
    ? shared.jobTransport
    : virtualTransport(process, shared.jobTransport);
  const reached = virtualPersistence(process, shared.persistence, options.commitLanes);
  const sound: KernelParts = {
    persistence: wrapPersistence(options.jobsOnly ? claimingJobsOnly(reached) : reached),
    blobStore: virtualBlobs(process, shared.blobStore),
    jobTransport,
    registry: createRegistry(workflows),
    clock,
    runtime,
    ids: virtualIds(process, chance.fork("ids")),
    logger,
    limits,
    ...(shared.eventSink ? { eventSink: virtualSink(process, shared.eventSink) } : {}),
  };
  const kernel = wrapKernel(createKernel({ ...sound, ...tampering.kernelParts?.(sound) }));
  const jitter = chance.fork("jitter");
  const host = createNodeHost({
    kernel,
    jobTransport,
    clock,
    runtime,
    logger,
    workerId: process.name,
    handleSignals: false,
    random: () => jitter.next(),
    ...options.host,
    ...tampering.hostOptions,
  });
  return { process, kernel, host };
}

const claimingJobsOnly = (sound: Persistence): Persistence => ({
  ...sound,
  claim: async (request) => (request.stages || request.alone ? sound.claim(request) : []),
});

const same = <T>(sound: T): T => sound;
