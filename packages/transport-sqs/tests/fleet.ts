import type { SQSClient } from "@aws-sdk/client-sqs";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "@pawl/host-node";
import {
  type AnyWorkflow,
  createKernel,
  createRegistry,
  type Kernel,
  type RunView,
} from "@pawl/kernel";
import type { JobTransport, Logger } from "@pawl/kernel/ports";
import { createMemoryPersistence, createMemoryStore, type Dump } from "@pawl/persistence-memory";
import { createSqsTransport } from "@pawl/transport-sqs";

export interface Fleet {
  readonly kernel: Kernel;
  readonly transport: JobTransport;
  /** All rows. */
  dump(): Dump;
  /** Why messages were told to be no jobs. */
  readonly told: readonly unknown[];
  /** What hosts counted, by reason. */
  ghosts(): Readonly<Record<string, number>>;
  /** Resolves with the run when it has ended. */
  ended(runId: string): Promise<RunView>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly workflow: AnyWorkflow;
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly hosts: number;
}

/** Fewer than there are runs: the other jobs stay in the queue. */
const CONCURRENCY = 4;
/** So long between looks into the store that whatever ends in time was brought by the transport. */
const POLL_INTERVAL_MS = 20_000;

/** Hosts on one store and one queue, each with a transport of its own. */
export async function startFleet({
  workflow,
  client,
  queueUrl,
  hosts,
}: FleetOptions): Promise<Fleet> {
  const store = createMemoryStore();
  const told: unknown[] = [];
  const logger: Logger = { log: (_level, _message, { reason }) => reason && told.push(reason) };
  const shared = {
    blobStore: createMemoryBlobStore(),
    registry: createRegistry([workflow]),
    clock: systemClock,
    logger,
  };
  const members = Array.from({ length: hosts }, (_, n) => {
    const transport = createSqsTransport({ queueUrl, client, visibilityTimeoutMs: 3_000 });
    const kernel = createKernel({
      ...shared,
      persistence: createMemoryPersistence({ store, clock: systemClock }),
      jobTransport: transport,
      runtime: createNodeRuntime(),
      ids: createIdSource(),
    });
    const host = createNodeHost({
      kernel,
      jobTransport: transport,
      logger,
      workerId: `w${n}`,
      handleSignals: false,
      concurrency: CONCURRENCY,
      jobPollIntervalMs: POLL_INTERVAL_MS,
    });
    return { kernel, transport, host };
  });
  const [first] = members;
  if (!first) throw new Error("A fleet has a host");
  await Promise.all(members.map(({ host }) => host.start()));
  return {
    kernel: first.kernel,
    transport: first.transport,
    dump: () => createMemoryPersistence({ store, clock: systemClock }).dump(),
    told,
    ghosts: () => {
      const counts: Record<string, number> = {};
      for (const [reason, count] of members.flatMap(({ host }) =>
        Object.entries(host.getStats().ghosts),
      ))
        counts[reason] = (counts[reason] ?? 0) + Number(count);
      return counts;
    },
    ended: (runId) =>
      endOf(
        members.map(({ kernel }) => kernel),
        runId,
      ),
    stop: async () => {
      await Promise.all(members.map(({ transport }) => transport.close()));
      await Promise.all(members.map(({ host }) => host.stop()));
    },
  };
}

/** Each kernel has news of what it did itself. */
function endOf(kernels: readonly Kernel[], runId: string): Promise<RunView> {
  return new Promise((resolve, reject) => {
    const look = async (kernel: Kernel): Promise<void> => {
      const run = await kernel.query.getRun(runId);
      if (run.endedAt !== null) resolve(run);
    };
    for (const kernel of kernels) {
      kernel.listen((news) => {
        if (news.type === "runEnded" && news.runId === runId) look(kernel).catch(reject);
      });
      look(kernel).catch(reject);
    }
  });
}
