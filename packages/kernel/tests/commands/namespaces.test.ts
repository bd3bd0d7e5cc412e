import type { Command } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import type { Harness } from "../support/harness.ts";
import { claim, Fleet, hintAt, LEASE_MS, register } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

/** A tenant with a sleeping run, and a stranger on the same database. */
async function tenants() {
  const broken = fn("broken", async () => Promise.reject(new Error("no")));
  const fleet = new Fleet([echo, nap, broken]);
  const tenant = fleet.process({ namespace: "a" });
  const stranger = fleet.process({ namespace: "b" });
  const runId = await tenant.start("nap");
  await tenant.round();
  return { fleet, tenant, stranger, runId };
}

const VERBS = [
  "run.cancel",
  "run.terminate",
  "run.pause",
  "run.resume",
  "run.transition",
  "run.delete",
] as const;

describe("a run of another namespace [51]", () => {
  it.each(VERBS)("is unknown to %s", async (type) => {
    const { tenant, stranger, runId } = await tenants();
    const before = tenant.persistence.dump();
    const asked = stranger.kernel.dispatch({ type, workflowRunId: runId } as Command as never);
    await expect(asked).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
    expect(tenant.persistence.dump()).toEqual(before);
  });

  it("is unknown to a forced delete", async () => {
    const { tenant, stranger, runId } = await tenants();
    const command = { type: "run.delete", workflowRunId: runId, force: true } as const;
    await expect(stranger.kernel.dispatch(command)).rejects.toMatchObject({
      code: "E_RUN_UNKNOWN",
    });
    expect((await tenant.kernel.query.getRun(runId)).status).toBe("waiting");
  });

  it.each<[string, (h: Harness, runId: string) => Promise<unknown>]>([
    ["getRun", (h, runId) => h.kernel.query.getRun(runId)],
    ["getTimeline", (h, runId) => h.kernel.query.getTimeline(runId)],
    ["getProgress", (h, runId) => h.kernel.query.getProgress(runId, "main")],
    ["listLogs", (h, runId) => h.kernel.query.listLogs(runId)],
  ])("is unknown to %s", async (_title, ask) => {
    const { stranger, runId } = await tenants();
    await expect(ask(stranger, runId)).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
  });

  it("is in no list", async () => {
    const { tenant, stranger } = await tenants();
    expect((await stranger.kernel.query.listRuns()).runs).toEqual([]);
    expect((await tenant.kernel.query.listRuns()).runs).toHaveLength(1);
  });

  it("is claimed by nobody else, named or not, and a hint at it is a ghost", async () => {
    const { fleet, stranger, runId } = await tenants();
    const session = await stranger.session();
    await fleet.world.advance(3_600_000);
    const stages = [{ runId, stageId: "main", mapIndex: 0, generation: 0 }];
    expect(await claim(stranger, session)).toEqual([]);
    expect(await claim(stranger, session, { stages })).toEqual([]);
    const job = hintAt(runId);
    const executed = await stranger.kernel.dispatch({ type: "job.execute", session, job });
    expect(executed).toEqual({ outcome: "ghost", stages: 0, ghost: "unknown" });
  });

  it("is touched by no maintenance, no purge and no flush of another", async () => {
    const { fleet, tenant } = await tenants();
    const done = await tenant.start("echo");
    await tenant.round();
    await tenant.start("echo", 1, { startAt: fleet.world.now + 1 });
    await claim(tenant, await register(tenant));
    await fleet.world.advance(LEASE_MS + 3_600_000);
    const seen: unknown[] = [];
    const eventSink = { emit: async (events: unknown) => void seen.push(events) };
    const stranger = fleet.process({ namespace: "b", eventSink });
    const before = tenant.persistence.dump();
    await stranger.kernel.maintain();
    const purge = { type: "run.purge", endedBefore: fleet.world.now } as const;
    expect(await stranger.kernel.dispatch(purge)).toEqual({ purged: 0, runIds: [] });
    expect(seen).toEqual([]);
    expect(tenant.persistence.dump()).toEqual(before);
    expect((await tenant.kernel.query.getRun(done)).status).toBe("completed");
  });
});

it("a dead letter of another namespace is unknown, and in no list [51]", async () => {
  const { tenant, stranger } = await tenants();
  await tenant.start("broken");
  await tenant.round();
  const [letter] = await tenant.kernel.dispatch({ type: "deadletter.list" });
  expect(await stranger.kernel.dispatch({ type: "deadletter.list" })).toEqual([]);
  for (const type of ["deadletter.replay", "deadletter.discard"] as const) {
    const asked = stranger.kernel.dispatch({ type, id: letter!.id } as Command as never);
    await expect(asked).rejects.toMatchObject({ code: "E_ROW_UNKNOWN" });
  }
});

it("a session of another namespace can be neither drained nor ended [51]", async () => {
  const { tenant, stranger } = await tenants();
  await tenant.start("echo");
  const session = await register(tenant);
  await claim(tenant, session);
  const before = tenant.persistence.dump();
  for (const type of ["worker.drain", "worker.deregister"] as const) {
    await stranger.kernel.dispatch({ type, session } as Command as never);
  }
  expect(tenant.persistence.dump()).toEqual(before);
});

it("idempotency keys and definitions are kept apart by namespace [51]", async () => {
  const { tenant, stranger } = await tenants();
  const start = (h: Harness, input: number) =>
    h.kernel.dispatch({ type: "run.create", workflowId: "echo", input, idempotencyKey: "k" });
  const [a, b] = [await start(tenant, 1), await start(stranger, 2)];
  expect([a.replayed, b.replayed]).toEqual([false, false]);
  expect(a.workflowRunId).not.toBe(b.workflowRunId);
  await register(stranger);
  const { definitions } = tenant.persistence.dump();
  expect(definitions.filter(({ namespace }) => namespace === "b")).toHaveLength(3);
});

it("a session of another namespace is not renewed [51]", async () => {
  const { fleet, tenant, stranger } = await tenants();
  const session = await register(tenant);
  await fleet.world.advance(1_000);
  const before = tenant.persistence.dump();
  const beat = await stranger.kernel.dispatch({ type: "worker.beat", session });
  expect(beat).toEqual({ alive: false, draining: false });
  expect(tenant.persistence.dump()).toEqual(before);
});
