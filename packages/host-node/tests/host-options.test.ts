import { defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import type { NodeHostOptions } from "../src/index.ts";
import { createWorld } from "./world.ts";

const world = createWorld({ workflows: [defineWorkflow({ id: "hello", run: async () => 1 })] });

it.each<Partial<NodeHostOptions>>([
  { concurrency: 0 },
  { concurrency: 1.5 },
  { maxClaimsPerTick: 0 },
  { jobPollIntervalMs: 0 },
  { orchestrationIntervalMs: Number.NaN },
  { leaseTtlMs: 100 },
  { drainTimeoutMs: -1 },
  { maxSuspendedChecksPerTick: 0 },
  { maxOutboxFlushPerTick: 0 },
])("an option out of bounds is refused by name: %o", (options) => {
  const [name = ""] = Object.keys(options);
  expect(() => world.host(options)).toThrow(
    expect.objectContaining({ code: "E_ARGUMENT_INVALID" }),
  );
  expect(() => world.host(options)).toThrow(name);
});

it("bounds of maintenance reach the kernel", async () => {
  const bounds: unknown[] = [];
  const { kernel } = world;
  const host = world.host({
    kernel: {
      ...kernel,
      maintain: (given) => {
        bounds.push(given);
        return kernel.maintain(given);
      },
    },
    maxSuspendedChecksPerTick: 7,
    maxOutboxFlushPerTick: 9,
  });
  await host.tick();
  expect(bounds).toMatchObject([{ suspendedChecksMax: 7, outboxFlushMax: 9 }]);
  await host.stop();
});
