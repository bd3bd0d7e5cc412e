import { setTimeout as after } from "node:timers/promises";
import { pawl } from "pawl";
import { order } from "../shared/order.ts";
import { sampleOrders } from "../shared/sample-orders.ts";

const LOOK_EVERY_MS = 20;

/** Starts an order on Node and works at it until it sleeps, then leaves it to whoever is there. */
const app = await pawl({
  workflows: [order],
  // No long poll is left behind that would take the message which wakes the order.
  host: { jobPollIntervalMs: 1_000 },
});
for (const each of sampleOrders(1)) {
  const run = await app.start(order, each, { idempotencyKey: each.id });
  while ((await run.status()) === "running") await after(LOOK_EVERY_MS);
  const { steps } = await app.kernel.query.getTimeline(run.id);
  console.log(`${each.id}: ${await run.status()} after ${steps.map(({ key }) => key).join(", ")}`);
}
await app.stop();
