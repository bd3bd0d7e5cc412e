import { defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createGate, createWorld } from "./world.ts";

const gate = createGate();
const slow = defineWorkflow({
  id: "slow",
  async run(ctx) {
    await ctx.step("slow", () => gate.opened);
    return "done";
  },
});

function newSlow() {
  const gates: ReturnType<typeof createGate>[] = [];
  const workflow = defineWorkflow({
    id: "slow",
    async run(ctx) {
      const own = createGate();
      gates.push(own);
      await ctx.step("slow", () => own.opened);
      return "done";
    },
  });
  return { workflow, gates };
}

it("stop waits for what runs and takes nothing more meanwhile [38]", async () => {
  const { workflow, gates } = newSlow();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  const first = await world.start("slow");
  await world.time.settle();
  let stopped = false;
  const stopping = host.stop().then(() => {
    stopped = true;
  });
  const second = await world.start("slow");
  await world.time.advance(29_000);
  expect(stopped).toBe(false);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await stopping;
  expect(await world.statusOf(first)).toBe("completed");
  expect(await world.statusOf(second)).toBe("running");
  expect(host.getStats()).toMatchObject({ isRunning: false, running: 0 });
});

it("what has not ended in time is claimable by others at once [38]", async () => {
  const { workflow, gates } = newSlow();
  const world = createWorld({ workflows: [workflow] });
  const other = createWorld({ workflows: [workflow], beside: world });
  const host = world.host({ drainTimeoutMs: 10_000 });
  await host.start();
  const runId = await world.start("slow");
  await world.time.settle();
  const stopping = host.stop();
  await world.time.advance(10_000);
  await stopping;
  const [stage] = world.persistence.dump().stages;
  expect(stage).toMatchObject({ status: "ready", losses: 0 });
  const heir = other.host({ workerId: "w2" });
  await heir.start();
  await world.time.settle();
  expect(gates).toHaveLength(2);
  gates[1]?.open();
  await world.time.settle();
  expect(await other.statusOf(runId)).toBe("completed");
  await heir.stop();
});

it("delivers events before the hooks run, by priority, each within its time [127]", async () => {
  const seen: string[] = [];
  const quick = defineWorkflow({ id: "quick", run: async () => "done" });
  const world = createWorld({
    workflows: [quick],
    eventSink: { emit: async (events) => void seen.push(`${events.length} events`) },
  });
  const host = world.host();
  await host.start();
  await world.time.settle();
  await world.start("quick");
  await world.time.settle();
  host.onShutdown(() => void seen.push("last"), { priority: -1 });
  host.onShutdown(() => new Promise<void>(() => {}), { priority: 2, timeoutMs: 3_000 });
  host.onShutdown(() => Promise.reject(new Error("no")), { priority: 1 });
  host.onShutdown(() => void seen.push("first"), { priority: 3 });
  host.onShutdown(() => void seen.push("middle"));
  const stopping = host.stop();
  await world.time.advance(2_999);
  expect(seen).toEqual([expect.stringMatching(/events/), "first"]);
  await world.time.advance(1);
  await stopping;
  expect(seen.slice(1)).toEqual(["first", "middle", "last"]);
  const complaints = world.lines.filter(({ message }) => message.includes("shutdown hook"));
  expect(complaints.map(({ message }) => message)).toEqual([
    "a shutdown hook did not end in time",
    "a shutdown hook failed",
  ]);
});

it("stop is one stop, however often it is asked for, and leaves no timer behind", async () => {
  const world = createWorld({ workflows: [slow] });
  const host = world.host();
  await host.start();
  let hooks = 0;
  host.onShutdown(() => void hooks++);
  await Promise.all([host.stop(), host.stop()]);
  await host.stop();
  expect(hooks).toBe(1);
  expect(world.time.pending()).toBe(0);
  await expect(host.start()).rejects.toMatchObject({ code: "E_STATE_INVALID" });
});

it("a database that hangs does not keep the host from stopping", async () => {
  const world = createWorld({ workflows: [slow] });
  const { kernel } = world;
  const hangs = (type: string) => type === "worker.deregister" || type === "outbox.flush";
  const host = world.host({
    kernel: {
      ...kernel,
      dispatch: ((command: { type: string }) =>
        hangs(command.type)
          ? new Promise(() => {})
          : kernel.dispatch(command as never)) as typeof kernel.dispatch,
    },
  });
  await host.start();
  const stopping = host.stop();
  await world.time.advance(10_000);
  await stopping;
  expect(world.lines.map(({ facts }) => facts.part)).toEqual(["closing the session", "flushing"]);
});

it("tick does one look and one round of maintenance, and nothing by itself", async () => {
  const { workflow, gates } = newSlow();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  const runId = await world.start("slow");
  const ticking = host.tick();
  await world.time.settle();
  gates[0]?.open();
  expect(await ticking).toMatchObject({ executed: 1, maintained: { claimed: 0 } });
  expect(await world.statusOf(runId)).toBe("completed");
  expect(host.getStats()).toMatchObject({ isRunning: false, orchestrationTicks: 1 });
  await world.time.advance(60_000);
  expect(host.getStats()).toMatchObject({ orchestrationTicks: 1 });
  await world.start("slow");
  const again = host.tick();
  await world.time.settle();
  gates[1]?.open();
  expect(await again).toMatchObject({ executed: 1 });
  expect(await host.tick()).toMatchObject({ executed: 0 });
  expect(host.getStats()).toMatchObject({ orchestrationTicks: 3, losses: 0, jobsSucceeded: 2 });
  await host.stop();
  await expect(host.tick()).rejects.toMatchObject({ code: "E_STATE_INVALID" });
});
