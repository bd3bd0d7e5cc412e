import { defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createGate, createWorld, type World } from "./world.ts";

/** Both workflows stay in a step until told; `entered` says which bodies began, in order. */
function newWorkflows() {
  const entered: string[] = [];
  const gates = { heavy: createGate(), light: createGate() };
  const define = (id: "heavy" | "light") =>
    defineWorkflow({
      id,
      async run(ctx) {
        await ctx.step("work", async () => {
          entered.push(id);
          await gates[id].opened;
        });
        return "done";
      },
    });
  return { workflows: [define("heavy"), define("light")], entered, gates };
}

/** The stage of the run has been lost twice, as by processes that died while they ran it. */
async function loseTwice(world: World, runId: string): Promise<void> {
  for (let loss = 0; loss < 2; loss++) {
    const command = { type: "worker.register", workerId: "dead", host: "h", pid: 1 } as const;
    const session = await world.kernel.dispatch(command);
    await world.kernel.dispatch({ type: "job.claim", session, limit: 100 });
    await world.time.advance(26_000);
    await world.kernel.dispatch({ type: "lease.reapStale" });
  }
  const [stage] = world.persistence.dump().stages.filter((row) => row.runId === runId);
  expect(stage).toMatchObject({ status: "ready", suspect: true });
}

it("a suspect is run alone: only when nothing else runs, and nothing beside it", async () => {
  const { workflows, entered, gates } = newWorkflows();
  const world = createWorld({ workflows });
  const suspect = await world.start("heavy");
  await loseTwice(world, suspect);
  const light = await world.start("light");
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  expect(entered).toEqual(["light"]);
  gates.light.open();
  await world.time.advance(20_000);
  expect(entered).toEqual(["light", "heavy"]);
  const next = await world.start("light");
  await world.time.advance(60_000);
  expect(entered).toEqual(["light", "heavy"]);
  expect(host.getStats().running).toBe(1);
  gates.heavy.open();
  await world.time.settle();
  expect(entered).toEqual(["light", "heavy", "light"]);
  const ids = [suspect, light, next];
  expect(await Promise.all(ids.map(world.statusOf))).toEqual(Array(3).fill("completed"));
  await host.stop();
});

it("a suspect is found within twenty seconds by a worker that has nothing to do", async () => {
  const { workflows, entered, gates } = newWorkflows();
  const world = createWorld({ workflows });
  const host = world.host();
  await loseTwice(world, await world.start("heavy"));
  await host.start();
  await world.time.advance(20_000);
  expect(entered).toEqual(["heavy"]);
  gates.heavy.open();
  await host.stop();
});

it("many suspects are run one after the other, without waiting in between", async () => {
  const { workflows, entered, gates } = newWorkflows();
  const world = createWorld({ workflows });
  gates.heavy.open();
  const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => world.start("heavy", i)));
  await loseTwice(world, String(ids[0]));
  const host = world.host();
  await host.start();
  await world.time.advance(1_000);
  expect(entered).toHaveLength(20);
  expect(host.getStats()).toMatchObject({ jobsSucceeded: 20 });
  await host.stop();
});

it("tick takes a suspect when there is nothing else", async () => {
  const { workflows, entered, gates } = newWorkflows();
  const world = createWorld({ workflows });
  gates.heavy.open();
  await loseTwice(world, await world.start("heavy"));
  const host = world.host();
  expect(await host.tick()).toMatchObject({ executed: 1 });
  expect(entered).toEqual(["heavy"]);
  await host.stop();
});

it("suspects get a turn on a worker that is never idle, and no more [34]", async () => {
  const { entered, gates, workflows } = newWorkflows();
  gates.heavy.open();
  const busy = defineWorkflow({
    id: "busy",
    async run(ctx) {
      await ctx.step("work", () => world.time.runtime.after(1_500));
    },
  });
  const world = createWorld({ workflows: [...workflows, busy] });
  await world.start("heavy", 1);
  await loseTwice(world, await world.start("heavy", 2));
  const host = world.host({ concurrency: 2 });
  await host.start();
  const busyRuns = (): number => host.getStats().jobsSucceeded - entered.length;
  for (let second = 0; second < 100; second++) {
    await world.start("busy");
    await world.start("busy");
    await world.time.advance(1_000);
    if (second === 10) expect(entered).toEqual(["heavy", "heavy"]);
  }
  expect(entered).toEqual(["heavy", "heavy"]);
  expect(busyRuns()).toBeGreaterThan(100);
  await world.time.advance(200_000);
  await host.stop();
});

it("a worker with long stages fills its slots again when the suspects' turn is over", async () => {
  const { entered, gates, workflows } = newWorkflows();
  const world = createWorld({ workflows });
  await loseTwice(world, await world.start("heavy"));
  await world.start("light");
  const host = world.host({ concurrency: 2 });
  await host.start();
  await world.time.advance(200_000);
  await world.start("light", 2);
  await world.time.advance(20_000);
  expect(entered).toEqual(["light", "light"]);
  gates.light.open();
  gates.heavy.open();
  await world.time.advance(20_000);
  expect(entered).toEqual(["light", "light", "heavy"]);
  await host.stop();
});

it("a turn of suspects that are gone meanwhile keeps no tick from working", async () => {
  const { entered, gates, workflows } = newWorkflows();
  const world = createWorld({ workflows });
  await loseTwice(world, await world.start("heavy"));
  await world.time.advance(30_000);
  const [host, other] = [world.host(), world.host({ workerId: "w2" })];
  world.fail("claim", "busy");
  await host.tick();
  world.fail("claim", undefined);
  gates.heavy.open();
  gates.light.open();
  await other.tick();
  await world.start("light");
  await host.tick();
  expect(entered).toEqual(["heavy", "light"]);
  await Promise.all([host.stop(), other.stop()]);
});
