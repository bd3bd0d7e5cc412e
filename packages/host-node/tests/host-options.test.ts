import { defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createNodeHost, type NodeHostOptions } from "../src/index.ts";
import { createWorld } from "./world.ts";

const world = createWorld({ workflows: [defineWorkflow({ id: "hello", run: async () => 1 })] });

const { kernel, jobTransport } = world;
const parts = { kernel, jobTransport, workerId: "w1" };

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
  { queues: [] },
  { queues: [""] },
])("an option out of bounds is refused by name: %o", (options) => {
  const [name = ""] = Object.keys(options);
  expect(() => world.host(options)).toThrow(
    expect.objectContaining({ code: "E_ARGUMENT_INVALID" }),
  );
  expect(() => world.host(options)).toThrow(name);
});

it.each([
  [undefined, "createNodeHost takes an object of options; undefined"],
  [{}, 'createNodeHost needs the option "kernel"'],
  [{ kernal: {} }, '"kernal" (an object was given). Did you mean "kernel"?'],
  [{ ...parts, jobPollInterval: 5 }, '"jobPollInterval" (5 was given). Did you mean "jobPoll'],
  [{ ...parts, workerId: 7 }, '"workerId" of createNodeHost is 7; give text'],
  [{ ...parts, health: { prot: 1 } }, 'health has no option "prot" (1 was given). Did you mean'],
])("options that are missing, misspelt or of another kind are named: %o [B13]", (options, says) => {
  const create = () => createNodeHost(options as never);
  expect(create).toThrow(expect.objectContaining({ code: "E_ARGUMENT_INVALID" }));
  expect(create).toThrow(says);
});

it("bounds of maintenance reach the kernel", async () => {
  const bounds: unknown[] = [];
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
