import { setTimeout as after } from "node:timers/promises";
import { transportConformance } from "@pawl/conformance";
import { freshQueue } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { createSqsTransport } from "@pawl/transport-sqs";
import { describe, expect, it } from "vitest";
import { newClient } from "./clients.ts";

const VISIBILITY_MS = 3_000;
const realTime = { now: () => Date.now(), advance: (ms: number) => after(ms) };

describeOn("SQS", await sqs(), (server) => {
  transportConformance(
    { describe, it: it.concurrent, expect },
    {
      name: "sqs",
      create: async () => {
        const queue = await freshQueue(server);
        const client = newClient(server);
        const transport = createSqsTransport({
          queueUrl: queue.url,
          client,
          visibilityTimeoutMs: VISIBILITY_MS,
        });
        const destroy = async (): Promise<void> => {
          await transport.close();
          client.destroy();
          await queue.drop();
        };
        return { transport, clock: realTime, visibilityMs: VISIBILITY_MS, destroy };
      },
    },
  );
});
