import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createGate, createWorld, type Gate } from "./world.ts";

const hello = defineWorkflow({
  id: "hello",
  async run(ctx) {
    const word = await ctx.step("word", () => "hello");
    await ctx.sleep("pause", 90_000);
    return `${word} again`;
  },
});

/** Stages that stay until their gate opens. */
function gated(): { readonly workflow: typeof hello; readonly gates: Gate[] } {
  const gates: Gate[] = [];
  const workflow = defineWorkflow({
    id: "gated",
    async run(ctx) {
      const gate = createGate();
      gates.push(gate);
      await ctx.step("held", () => gate.opened);
      return "done";
    },
  });
  return { workflow, gates };
}

it("a run whose start is delayed here begins at that instant, not in the round after", async () => {
  const world = createWorld({ workflows: [hello] });
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  const delays = [3_700, 700];
  const startAt = delays.map((ms) => world.time.clock.now() + ms);
  for (const at of startAt) {
    const command = { type: "run.create", workflowId: "hello", startAt: at } as const;
    await world.kernel.dispatch(command);
  }
  await world.time.advance(699);
  expect(host.getStats().jobsProcessed).toBe(0);
  await world.time.advance(1);
  expect(host.getStats().jobsProcessed).toBe(1);
  await world.time.advance(2_999);
  expect(host.getStats().jobsProcessed).toBe(1);
  await world.time.advance(1);
  expect(host.getStats().jobsProcessed).toBe(2);
  await host.stop();
});

it("a run that is started here begins at once, without waiting for a poll", async () => {
  const world = createWorld({ workflows: [hello] });
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  const runId = await world.start("hello");
  await world.time.settle();
  expect(host.getStats()).toMatchObject({ jobsProcessed: 1, jobsSuspended: 1 });
  expect(await world.statusOf(runId)).toBe("waiting");
  await host.stop();
});

it("a timer wakes its run when it falls due, not at the next poll", async () => {
  const world = createWorld({ workflows: [hello] });
  const host = world.host();
  await host.start();
  const runId = await world.start("hello");
  await world.time.advance(89_999);
  expect(await world.statusOf(runId)).toBe("waiting");
  await world.time.advance(1);
  expect(await world.statusOf(runId)).toBe("completed");
  await host.stop();
});

it("finds within five seconds what another process has made ready [43]", async () => {
  const world = createWorld({ workflows: [hello] });
  const other = createWorld({ workflows: [hello], beside: world });
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  await other.start("hello");
  await world.time.advance(5_500);
  expect(host.getStats().jobsProcessed).toBe(1);
  await host.stop();
});

it("hosts that start at one instant do not look for work at one instant [43]", async () => {
  const world = createWorld({ workflows: [hello] });
  const { kernel, clock } = { kernel: world.kernel, clock: world.time.clock };
  const looks: number[][] = [];
  const hosts = [0.05, 0.25, 0.45, 0.65, 0.85].map((chance, i) => {
    const times: number[] = [];
    looks.push(times);
    const dispatch = (command: { readonly type: string; readonly alone?: boolean }) => {
      if (command.type === "job.claim" && !command.alone) times.push(clock.now());
      return kernel.dispatch(command as never);
    };
    return world.host({
      workerId: `w${i}`,
      random: () => chance,
      kernel: { ...kernel, dispatch: dispatch as typeof kernel.dispatch },
    });
  });
  await Promise.all(hosts.map((host) => host.start()));
  await world.time.advance(60_000);
  const gaps = looks.map((times) => times.slice(1).map((at, i) => at - (times[i] ?? 0)));
  for (const between of gaps) expect(Math.max(...between)).toBeLessThanOrEqual(5_500);
  const polls = looks.map((times) => times.slice(1));
  const together = polls.flat().length - new Set(polls.flat()).size;
  expect(polls.flat().length).toBeGreaterThan(50);
  expect(together).toBeLessThan(polls.flat().length / 10);
  await Promise.all(hosts.map((host) => host.stop()));
});

it("runs as many stages at once as it has slots, and takes the next when one is free", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host({ concurrency: 2 });
  await host.start();
  const ids = await Promise.all([1, 2, 3].map((input) => world.start("gated", input)));
  await world.time.settle();
  expect(host.getStats().running).toBe(2);
  expect(gates).toHaveLength(2);
  gates[0]?.open();
  await world.time.settle();
  expect(gates).toHaveLength(3);
  for (const gate of gates) gate.open();
  await world.time.settle();
  expect(await Promise.all(ids.map(world.statusOf))).toEqual(Array(3).fill("completed"));
  await host.stop();
});

it("one claim takes all that is ready, up to maxClaimsPerTick", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  await Promise.all([1, 2, 3, 4].map((input) => world.start("gated", input)));
  const host = world.host({ maxClaimsPerTick: 3 });
  await host.start();
  await world.time.settle();
  expect(gates).toHaveLength(4);
  expect(world.calls.filter((call) => call === "claim")).toHaveLength(2);
  for (const gate of gates) gate.open();
  await host.stop();
});

it("slots that become free together are filled by one claim", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host({ concurrency: 3 });
  await Promise.all([1, 2, 3, 4, 5, 6].map((input) => world.start("gated", input)));
  await host.start();
  await world.time.settle();
  world.calls.length = 0;
  for (const gate of gates) gate.open();
  await world.time.settle();
  expect(gates).toHaveLength(6);
  expect(world.calls.filter((call) => call === "claim")).toHaveLength(1);
  for (const gate of gates) gate.open();
  await host.stop();
});

it("serves only the queues that it was given", async () => {
  const world = createWorld({ workflows: [hello] });
  const host = world.host({ queues: ["mail"] });
  await world.start("hello");
  const command = { type: "run.create", workflowId: "hello", queue: "mail" } as const;
  await world.kernel.dispatch(command);
  await host.start();
  await world.time.advance(10_000);
  expect(host.getStats().jobsProcessed).toBe(1);
  await host.stop();
});

it("counts what became of the stages, those of a sticky chain too", async () => {
  const stage = <Id extends string>(id: Id) =>
    defineStage({ id, schemas: {}, execute: async () => ({ output: id }) });
  const broken = defineStage({
    id: "broken",
    schemas: {},
    retry: { maxAttempts: 1 },
    execute: async () => {
      throw new Error("no");
    },
  });
  const chain = new WorkflowBuilder("chain").pipe(stage("a")).pipe(stage("b")).pipe(broken).build();
  const world = createWorld({ workflows: [chain, hello] });
  const host = world.host();
  await host.start();
  const runId = await world.start("chain");
  await world.start("hello");
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("failed");
  expect(host.getStats()).toMatchObject({
    jobsProcessed: 4,
    jobsSucceeded: 2,
    jobsFailed: 1,
    jobsSuspended: 1,
  });
  await host.stop();
});
