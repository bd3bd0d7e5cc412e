import { transportConformance } from "@pawl/conformance";
import { createNodeRuntime } from "@pawl/host-node";
import { describeOn, redis } from "@pawl/services/vitest";
import { describe, expect, it } from "vitest";
import { transportOn } from "./transport-on.ts";

const time = createNodeRuntime();
const VISIBILITY_MS = 2_000;

describeOn("on Redis [145]", await redis(), (server) => {
  transportConformance(
    // Most of the time they wait.
    { describe: describe.concurrent, it, expect },
    {
      name: "BullMQ",
      create: async () => {
        const transport = transportOn(server.url, {
          queues: ["default", "slow"],
          visibilityMs: VISIBILITY_MS,
          recoveryIntervalMs: 100,
        });
        return {
          transport,
          // Redis' time can't be moved.
          clock: { now: () => Date.now(), advance: (ms) => time.after(ms) },
          visibilityMs: VISIBILITY_MS,
          destroy: () => transport.close(),
        };
      },
    },
  );
});
