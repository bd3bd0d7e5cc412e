/** A worker whose run is in a step until this program is told; nothing else ends the program. */
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "../src/index.ts";

setInterval(() => {}, 60_000);
const told = new Promise<void>((resolve) => process.once("message", () => resolve()));
const slow = defineWorkflow({
  id: "slow",
  async run(ctx) {
    await ctx.step("slow", async () => {
      process.send?.("entered");
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
  logger: { log: (_level, message) => process.send?.(message) },
});
const started = await (async () => {
  await host.start();
  return kernel.dispatch({ type: "run.create", workflowId: "slow" });
})();
host.onShutdown(async () => {
  const { status } = await kernel.query.getRun(started.workflowRunId);
  await new Promise((resolve) => process.send?.(`run ${status}`, resolve));
});
