import { STRAY_GHOSTS, strayMessages } from "@pawl/conformance";
import { privateRedis } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, expect, it, onTestFinished, vi } from "vitest";
import { fleet } from "./fleet.ts";
import { drain } from "./jobs.ts";

vi.setConfig({ testTimeout: 60_000 });

describeOn(
  "Node hosts that find what a stranger has put into Redis",
  await privateRedis(),
  (server) => {
    afterAll(() => server.remove());

    it("acknowledge it, count it, tell of each kind once, and change nothing", async () => {
      const { transport, prefix, kernel, persistence, told, ghosts, ...its } = await fleet(server);
      const { start, stop, completed } = its;
      const job = await start(0);
      await vi.waitFor(async () => expect(await completed()).toBe(1));
      const { runs, stages, events, steps } = persistence.dump();
      const client = new Redis(server.url, { maxRetriesPerRequest: null });
      onTestFinished(() => client.disconnect());
      const queue = new Queue("default", { connection: client, prefix });
      for (const { text } of strayMessages(job)) {
        const stray = await queue.add("stray", {}, { delay: 3_600_000 });
        await client.hset(`${prefix}:default:${stray.id}`, "data", text);
        await stray.promote();
      }
      await vi.waitFor(() => expect(ghosts()).toMatchObject(STRAY_GHOSTS), { timeout: 30_000 });
      await stop();
      expect(await drain(transport, 0)).toEqual([]);
      expect(persistence.dump()).toMatchObject({ runs, stages, events, steps });
      expect(told.sort()).toEqual(Object.keys(STRAY_GHOSTS).sort());
      const list = { type: "deadletter.list", kind: "message" } as const;
      expect(await kernel.dispatch(list)).toHaveLength(5);
    });
  },
);
