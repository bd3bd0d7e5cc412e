import { pawl } from "pawl";
import { order } from "../shared/order.ts";

/** Works until it is told to end. Where, the environment says: see the README. */
const app = await pawl({
  workflows: [order],
  concurrency: Number(process.env.WORKER_CONCURRENCY ?? 10),
  handleSignals: true,
});
app.host.onShutdown(async () => {
  const { jobsSucceeded } = app.host.getStats();
  console.error(`worker ${process.pid}: ${jobsSucceeded} jobs`);
});
