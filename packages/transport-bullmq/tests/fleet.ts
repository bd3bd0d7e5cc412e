import { randomUUID } from "node:crypto";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "@pawl/host-node";
import { createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import type { Job, JobTransport, Logger } from "@pawl/kernel/ports";
import { createMemoryPersistence, createMemoryStore } from "@pawl/persistence-memory";
import type { OwnServer } from "@pawl/services";
import { onTestFinished } from "vitest";
import { jobOf } from "./jobs.ts";
import { transportOn } from "./transport-on.ts";

export const STEPS: readonly string[] = ["one", "two", "three"];
const WORKERS = ["worker-1", "worker-2"];

/** Two workers beside one store and one Redis, and jobs dispatched and acknowledged. */
export async function fleet({ url }: OwnServer) {
  const bodies = new Map<string, number>();
  const workflow = defineWorkflow({
    id: "greet",
    async run(ctx, n: unknown) {
      for (const step of STEPS) {
        await ctx.step(step, () => {
          bodies.set(`${n} ${step}`, (bodies.get(`${n} ${step}`) ?? 0) + 1);
        });
      }
      return n;
    },
  });
  const dispatched = { count: 0 };
  const acknowledged = { count: 0 };
  const prefix = randomUUID();
  const transport = transportOn(url, { prefix });
  const counted: JobTransport = {
    ...transport,
    enqueue: async (jobs) => {
      dispatched.count += jobs.length;
      await transport.enqueue(jobs);
    },
    ack: async (receipts) => {
      await transport.ack(receipts);
      acknowledged.count += receipts.length;
    },
  };
  const told: unknown[] = [];
  const logger: Logger = { log: (_level, _message, { reason }) => reason && told.push(reason) };
  const store = createMemoryStore();
  const persistence = createMemoryPersistence({ store, clock: systemClock });
  const kernel = createKernel({
    persistence,
    blobStore: createMemoryBlobStore(),
    jobTransport: counted,
    registry: createRegistry([workflow]),
    clock: systemClock,
    runtime: createNodeRuntime(),
    ids: createIdSource(),
    logger,
  });
  const hosts = WORKERS.map((workerId) =>
    createNodeHost({ kernel, jobTransport: counted, workerId, logger, handleSignals: false }),
  );
  for (const host of hosts) await host.start();
  onTestFinished(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await transport.close();
  });
  const start = async (n: number): Promise<Job> => {
    const command = { type: "run.create", workflowId: "greet", input: n } as const;
    const { workflowRunId } = await kernel.dispatch(command);
    return jobOf(n, { workflowRunId, stageId: "main" });
  };
  const completed = async (): Promise<number> =>
    (await kernel.query.listRuns({ status: "completed", limit: 1_000 })).runs.length;
  const stop = (): Promise<unknown> => Promise.all(hosts.map((host) => host.stop()));
  const ghosts = (): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const [reason, count] of hosts.flatMap((host) => Object.entries(host.getStats().ghosts)))
      counts[reason] = (counts[reason] ?? 0) + Number(count);
    return counts;
  };
  const seen = { persistence, bodies, dispatched, acknowledged, told, ghosts };
  return { transport, prefix, start, completed, stop, kernel, ...seen };
}
