import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "@pawl/host-node";
import { createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import type { Job, JobTransport } from "@pawl/kernel/ports";
import { createMemoryPersistence, createMemoryStore } from "@pawl/persistence-memory";
import { type OwnServer, privateRedis } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it, onTestFinished, vi } from "vitest";
import { drain, jobOf, send } from "./jobs.ts";
import { transportOn } from "./transport-on.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const RUNS = 20;
const STEPS = ["one", "two", "three"];
const WORKERS = ["worker-1", "worker-2"];

/** Two workers beside one store and one Redis, and the jobs that they dispatched and acknowledged. */
async function fleet({ url }: OwnServer) {
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
  const acknowledged = { count: 0 };
  const transport = transportOn(url);
  const dispatched = { count: 0 };
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
  const logger = { log: () => {} };
  const kernel = createKernel({
    persistence: createMemoryPersistence({ store: createMemoryStore(), clock: systemClock }),
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
    (await kernel.query.listRuns({ status: "completed", limit: RUNS })).runs.length;
  const stop = (): Promise<unknown> => Promise.all(hosts.map((host) => host.stop()));
  return { transport, bodies, dispatched, acknowledged, start, completed, stop, kernel };
}

const everyStepOnce = Array.from({ length: RUNS }, (_, n) =>
  STEPS.map((step) => [`${n} ${step}`, 1] as const),
).flat();

describeOn("Node hosts on BullMQ", await privateRedis(), (server) => {
  afterAll(() => server.remove());

  it("complete runs of three steps, each step once, from jobs that come twice", async () => {
    const { transport, bodies, dispatched, acknowledged, start, completed, stop, kernel } =
      await fleet(server);
    const jobs = await Promise.all(Array.from({ length: RUNS }, (_, n) => start(n)));
    await send(transport, ...jobs, ...jobs, jobOf(RUNS), {
      v: 9,
      queue: "default",
      workflowId: "x",
    } as never);
    await vi.waitFor(async () => expect(await completed()).toBe(RUNS), { timeout: 30_000 });
    expect([...bodies].sort()).toEqual([...everyStepOnce].sort());
    const all = (): number => dispatched.count + 2 * RUNS + 2;
    await vi.waitFor(() => expect(acknowledged.count).toBeGreaterThanOrEqual(all()), {
      timeout: 30_000,
    });
    await stop();
    expect(await drain(transport, 0)).toEqual([]);
    const list = { type: "deadletter.list", kind: "message" } as const;
    expect(await kernel.dispatch(list)).toHaveLength(1);
  });

  it("go on when Redis was restarted in mid-flight [145]", async () => {
    const { transport, bodies, start, completed, stop } = await fleet(server);
    const jobs = await Promise.all(Array.from({ length: RUNS }, (_, n) => start(n)));
    await send(transport, ...jobs.slice(0, RUNS / 2));
    await server.stop("immediate");
    await server.start();
    const rest = jobs.slice(RUNS / 2);
    await vi.waitFor(() => send(transport, ...rest), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await completed()).toBe(RUNS), { timeout: 50_000 });
    expect([...bodies].sort()).toEqual([...everyStepOnce].sort());
    await stop();
  });
});
