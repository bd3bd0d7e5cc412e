import { pawl } from "pawl";
import { order } from "../shared/order.ts";
import { sampleOrders } from "../shared/sample-orders.ts";

const TIMEOUT_MS = 120_000;

/** Starts orders, as many as the command line says, and prints how each of them ended. */
const orders = sampleOrders(Number(process.argv[2] ?? 3));
const app = await pawl({ workflows: [order], worker: false });
const runs = await Promise.all(
  orders.map((each) => app.start(order, each, { idempotencyKey: each.id })),
);
const results = await Promise.all(runs.map((run) => run.result({ timeoutMs: TIMEOUT_MS })));
for (const result of results) console.log(result);
await app.stop();
