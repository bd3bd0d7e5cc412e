/** A worker whose run is in a step until this program is told; nothing else ends the program. */
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "../src/index.ts";

setInterval(() => {}, 60_000);
const [drainTimeoutMs = "30000"] = process.argv.slice(2);
const say = (text: string): unknown => process.send?.(text);
const heard = (word: string): Promise<void> =>
  new Promise((resolve) => {
    process.on("message", (message) => message === word && resolve());
  });
const told = heard("go on");
const slow = defineWorkflow({
  id: "slow",
  async run(ctx) {
    await ctx.step("slow", async () => {
      say("entered");
      await told;
    });
    return "done";
  },
});
const jobTransport = createSqlTransport();
const kernel = createKernel({
  jobTransport,
  persistence: createMemoryPersistence(),
  blobStore: createMemoryBlobStore(),
  registry: createRegistry([slow]),
  clock: systemClock,
  runtime: createNodeRuntime(),
  ids: createIdSource(),
});
const host = createNodeHost({
  kernel,
  jobTransport,
  workerId: "w1",
  drainTimeoutMs: Number(drainTimeoutMs),
  logger: { log: (_level, message) => say(message) },
});
const start = () => kernel.dispatch({ type: "run.create", workflowId: "slow" });
await host.start();
const started = await start();
void heard("start another").then(async () => {
  await start();
  say("another started");
});
host.onShutdown(async () => {
  const { runs } = await kernel.query.listRuns();
  for (const { id, status } of runs.toReversed()) {
    const [stage] = (await kernel.query.getTimeline(id)).stages;
    const due = (stage?.availableAt ?? 0) <= systemClock.now();
    say(`run ${status}: ${stage?.status}, fence ${stage?.fence}, losses ${stage?.losses}, ${due}`);
  }
  const { status } = await kernel.query.getRun(started.workflowRunId);
  await new Promise((resolve) => process.send?.(`run ${status}`, resolve));
});
host.onShutdown(() => void say("first hook"), { priority: 2 });
host.onShutdown(() => new Promise<void>(() => {}), { priority: 1, timeoutMs: 20 });
