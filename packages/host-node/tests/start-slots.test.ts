import { defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createGate, createWorld, type Gate, type World } from "./world.ts";

const quick = defineWorkflow({ id: "quick", run: (ctx) => ctx.step("s", () => 1) });

function gated() {
  const gates = new Map<unknown, Gate>();
  const workflow = defineWorkflow({
    id: "gated",
    async run(ctx, name) {
      const gate = createGate();
      await ctx.step("held", () => {
        gates.set(name, gate);
        return gate.opened;
      });
    },
  });
  return { workflow, gates };
}

it("a run that is started beside its host costs no claim", async () => {
  const world = createWorld({ workflows: [quick] });
  const host = world.host();
  await host.start();
  await world.time.settle();
  world.calls.length = 0;
  const runId = await world.start("quick");
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("completed");
  expect(world.calls.filter((method) => method === "claim")).toEqual([]);
  expect(world.calls.filter((method) => method.startsWith("commit"))).toHaveLength(3);
  expect(host.getStats()).toMatchObject({ jobsProcessed: 1, jobsSucceeded: 1, running: 0 });
  await host.stop();
});

it("a full host takes no more than its slots, and those that wait keep their order", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host({ concurrency: 2 });
  await host.start();
  for (const name of ["a", "b", "c", "d"]) {
    await world.start("gated", name);
    await world.time.settle();
  }
  expect([...gates.keys()]).toEqual(["a", "b"]);
  gates.get("a")?.open();
  await world.start("gated", "e");
  await world.time.settle();
  expect([...gates.keys()]).toEqual(["a", "b", "c"]);
  for (const [opened, next] of [
    ["b", "d"],
    ["c", "e"],
  ]) {
    gates.get(opened)?.open();
    await world.time.settle();
    expect([...gates.keys()].at(-1)).toBe(next);
  }
  for (const gate of gates.values()) gate.open();
  await host.stop();
});

it("a start overtakes nothing that waited before the host began", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const start = { type: "run.create", workflowId: "gated" } as const;
  await world.kernel.dispatch({ ...start, input: "waits", priority: 10 });
  const host = world.host({ concurrency: 1 });
  await host.start();
  await world.start("gated", "new");
  await world.time.settle();
  expect([...gates.keys()]).toEqual(["waits"]);
  gates.get("waits")?.open();
  await world.time.settle();
  expect([...gates.keys()]).toEqual(["waits", "new"]);
  gates.get("new")?.open();
  await host.stop();
});

it("a host takes only starts in queues that it serves", async () => {
  const world = createWorld({ workflows: [quick] });
  const host = world.host({ queues: ["gpu"] });
  await host.start();
  await world.time.settle();
  world.calls.length = 0;
  const start = { type: "run.create", workflowId: "quick" } as const;
  const here = await world.kernel.dispatch({ ...start, queue: "gpu" });
  const elsewhere = await world.kernel.dispatch({ ...start, queue: "cpu" });
  await world.time.advance(10_000);
  expect(await world.statusOf(here.workflowRunId)).toBe("completed");
  expect(await world.statusOf(elsewhere.workflowRunId)).toBe("running");
  await host.stop();
});

/** Holds calls of a method from now on, until its gate is open. */
function heldBack(world: World, method: "heartbeat" | "commit"): Gate {
  const gate = createGate();
  const inner = world.persistence[method] as (...args: unknown[]) => Promise<unknown>;
  Object.assign(world.persistence, {
    [method]: async (...args: unknown[]) => {
      await gate.opened;
      return inner(...args);
    },
  });
  return gate;
}

it("a drain waits for a start under way, and for the run that begins with it", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const next = createWorld({ workflows: [workflow], beside: world });
  const host = world.host({ leaseTtlMs: 9_000, drainTimeoutMs: 60_000 });
  await host.start();
  await world.time.settle();
  const beaten = heldBack(world, "heartbeat");
  await world.time.advance(3_000);
  const stored = heldBack(world, "commit");
  const started = world.start("gated", "a");
  await world.time.settle();
  const stopped = host.stop();
  await world.time.settle();
  stored.open();
  await world.time.settle();
  beaten.open();
  await world.time.settle();
  const other = next.host({ workerId: "w2" });
  await other.start();
  await world.time.settle();
  expect(gates.size).toBe(1);
  gates.get("a")?.open();
  await world.time.settle();
  await stopped;
  expect(await world.statusOf(await started)).toBe("completed");
  expect(world.persistence.dump().stages).toMatchObject([{ fence: 1, losses: 0 }]);
  await other.stop();
});

it("a start that is answered when the drain has given up begins elsewhere", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow] });
  const next = createWorld({ workflows: [workflow], beside: world });
  const host = world.host({ leaseTtlMs: 9_000, drainTimeoutMs: 1_000 });
  await host.start();
  await world.time.settle();
  const beaten = heldBack(world, "heartbeat");
  await world.time.advance(3_000);
  const stored = heldBack(world, "commit");
  const started = world.start("gated", "a");
  await world.time.settle();
  const stopped = host.stop();
  await world.time.advance(1_000);
  stored.open();
  await world.time.settle();
  expect(gates.size).toBe(0);
  beaten.open();
  await world.time.advance(10_000);
  await stopped;
  const other = next.host({ workerId: "w2" });
  await other.start();
  await world.time.advance(30_000);
  gates.get("a")?.open();
  await world.time.settle();
  expect(await world.statusOf(await started)).toBe("completed");
  await other.stop();
});

it("a host that drains begins nothing more, and its runs are left to others", async () => {
  const { workflow, gates } = gated();
  const world = createWorld({ workflows: [workflow, quick] });
  const host = world.host();
  await host.start();
  await world.start("gated", "a");
  await world.time.settle();
  const drained = host.drain();
  const runId = await world.start("quick");
  await world.time.settle();
  expect(world.persistence.dump().stages.find((row) => row.runId === runId)).toMatchObject({
    status: "ready",
    session: null,
  });
  gates.get("a")?.open();
  await world.time.settle();
  await drained;
  await host.stop();
});

it("a run whose start is under way when its host stops is left to others", async () => {
  const world = createWorld({ workflows: [quick] });
  const next = createWorld({ workflows: [quick], beside: world });
  const host = world.host();
  await host.start();
  await world.time.settle();
  const starts = Array.from({ length: 20 }, () => world.start("quick"));
  const stopped = host.stop();
  starts.push(world.start("quick"));
  await world.time.settle();
  await stopped;
  const other = next.host({ workerId: "w2" });
  await other.start();
  await world.time.settle();
  for (const runId of await Promise.all(starts)) {
    expect(await world.statusOf(runId)).toBe("completed");
  }
  expect(world.lines.filter(({ level }) => level !== "info")).toEqual([]);
  await other.stop();
});
