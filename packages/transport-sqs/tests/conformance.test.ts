import { type TestRunner, transportConformance } from "@pawl/conformance";
import { createNodeRuntime } from "@pawl/host-node";
import { freshQueue } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { createSqsTransport } from "@pawl/transport-sqs";
import { describe, expect, it, vi } from "vitest";
import { newClient } from "./clients.ts";

vi.setConfig({ maxConcurrency: 15 });

const VISIBILITY_MS = 3_000;
const runtime = createNodeRuntime();
const realTime = { now: () => Date.now(), advance: (ms: number) => runtime.after(ms) };
const atOnce: TestRunner = { describe, it: it.concurrent, expect };

/** A FIFO queue delays nothing: it delivers early what is due later. */
const DELAYED = /before its time|a delayed (job|one)|is due later|falls due/;
const undelayed: TestRunner = {
  ...atOnce,
  it: (name, ...rest) => (DELAYED.test(name) ? undefined : it.concurrent(name, ...rest)),
};

describeOn("SQS [146]", await sqs(), (server) => {
  describe.each([
    { name: "standard", runner: atOnce, attributes: {} },
    { name: "FIFO", runner: undelayed, attributes: { FifoQueue: "true" } },
  ])("$name", ({ name, runner, attributes }) => {
    transportConformance(runner, {
      name: `sqs, ${name}`,
      create: async () => {
        const queue = await freshQueue(server, attributes);
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
    });
  });
});
