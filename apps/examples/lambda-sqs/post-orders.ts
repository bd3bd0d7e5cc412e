import { setTimeout as after } from "node:timers/promises";
import type { RunView } from "@pawl/kernel";
import { order } from "../shared/order.ts";
import type { Order } from "../shared/order-input.ts";
import { sampleOrders } from "../shared/sample-orders.ts";

const AGAIN_MS = 250;
const TIMEOUT_MS = 120_000;

/** Posts orders to the function URL, as many as the command line says, and prints what came. */
const url = process.env.PAWL_FUNCTION_URL ?? "";
const signal = AbortSignal.timeout(TIMEOUT_MS);
await served();
const orders = sampleOrders(Number(process.argv[2] ?? 3));
const paths = await Promise.all(orders.map(post));
for (const path of paths) console.log(await endOf(path));

/** Resolves once somebody answers: the local runner may just be starting. */
async function served(): Promise<void> {
  while (!(await fetch(url, { signal }).catch(() => undefined)))
    await after(AGAIN_MS, undefined, { signal });
}

/** Answers where the run is to be asked for. Posted again, an order is the same run. */
async function post(input: Order): Promise<string> {
  const body = JSON.stringify({ workflowId: order.id, input, idempotencyKey: input.id });
  const reply = await fetch(new URL("/runs", url), { method: "POST", body, signal });
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
  return reply.headers.get("location") ?? "";
}

async function endOf(path: string): Promise<unknown> {
  for (;;) {
    const reply = await fetch(new URL(path, url), { signal });
    const run = (await reply.json()) as RunView;
    if (run.endedAt !== null) return run.output ?? run.status;
    await after(AGAIN_MS, undefined, { signal });
  }
}
