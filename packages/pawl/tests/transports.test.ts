import { afterEach, beforeEach, expect, it } from "vitest";
import { defineWorkflow, type PawlOptions } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

type Transport = NonNullable<PawlOptions["transports"]>[number];

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

/** A queue of this process, which hands out what is due and forgets it. */
function queue(): Transport & { readonly sent: string[] } {
  const sent: string[] = [];
  const waiting: Parameters<Transport["enqueue"]>[0][number][] = [];
  const most = Number.POSITIVE_INFINITY;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    sent,
    capabilities: {
      delivery: "pull",
      colocated: false,
      maxDelayMs: most,
      maxMessageBytes: most,
      maxBatch: most,
      priority: false,
    },
    enqueue: async (jobs) => {
      sent.push(...jobs.map(({ job }) => `${job.workflowId}/${job.stageId}`));
      waiting.push(...jobs);
    },
    dequeue: async ({ limit, waitMs }) => {
      const until = Date.now() + waitMs;
      for (;;) {
        const at = waiting.findIndex(({ notBefore }) => notBefore <= Date.now());
        if (at >= 0)
          return waiting.splice(at, limit).map(({ job }) => ({ body: job, receipt: "" }));
        if (Date.now() >= until) return [];
        await turn();
      }
    },
    ack: async () => {},
    nack: async () => {},
    extend: async () => {},
    close: async () => {},
  };
}

const hello = defineWorkflow({
  id: "hello",
  run: async (ctx, name: unknown) => {
    await ctx.step("greet", () => 1);
    await ctx.sleep("rest", 50);
    return `Hello ${name}`;
  },
});

it("an app sends jobs to its first transport and takes them from all", async () => {
  const [first, second] = [queue(), queue()];
  const host = { jobPollIntervalMs: 100 };
  const other = await apps.open([hello], { transports: [second], worker: false });
  const app = await apps.open([hello], { transports: [first, second], host });
  const here = await app.start(hello, "Ada");
  const there = await other.start(hello, "Bob");
  expect(await here.result()).toBe("Hello Ada");
  expect(await app.run(there.id).result()).toBe("Hello Bob");
  expect(first.sent).toContain("hello/main");
  expect(second.sent).toEqual(["hello/main"]);
});

it("something else than transports is refused by name", async () => {
  const open = apps.open([hello], { transports: {} as never });
  await expect(open).rejects.toThrow('"transports" of pawl');
});
