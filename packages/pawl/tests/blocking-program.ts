/** A worker without a thread whose first step blocks the process, longer than its lease lasts. */
import { defineWorkflow, pawl } from "../src/index.ts";

const [directory = "", blocksMs = "0"] = process.argv.slice(2);
const blocking = defineWorkflow({
  id: "blocking",
  run: (ctx) =>
    ctx.step("block", () => {
      process.send?.("blocked");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(blocksMs));
      return process.pid;
    }),
});
const app = await pawl({
  workflows: [blocking],
  directory,
  environment: {},
  limits: { leaseTtlMs: 3_000 },
  host: { leaseThread: false },
  logger: { log: () => {} },
});
const registered = app.host.getStats().sessionId;
await app.start(blocking, undefined);
process.on("message", () => {
  const { losses, sessionId, jobsSucceeded } = app.host.getStats();
  process.send?.({ losses, anew: sessionId !== registered, jobsSucceeded });
});
