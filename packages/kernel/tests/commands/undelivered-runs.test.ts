import type { EventSink } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { Fleet } from "./fleet.ts";
import { echo, nap } from "./workflows.ts";

const remove = (h: Harness, workflowRunId: string, more: object = {}) =>
  h.kernel.dispatch({ type: "run.delete", workflowRunId, ...more });
const purge = (h: Harness) =>
  h.kernel.dispatch({ type: "run.purge", endedBefore: h.world.now + 1 });
const runIds = (h: Harness) => h.persistence.dump().runs.map((run) => run.id);

/** Keeps what it takes while it is up. */
function sinkOf() {
  const sink = {
    up: true,
    taken: [] as string[],
    emit: async (deliveries: Parameters<EventSink["emit"]>[0]) => {
      if (!sink.up) throw new Error("the sink is down");
      sink.taken.push(...deliveries.map(({ event }) => event.type));
    },
  };
  return sink;
}

const ALL = ["run.created", "stage.completed", "run.completed"];

/** A run that has ended before anything of it was delivered. */
async function ended() {
  const sink = sinkOf();
  const fleet = new Fleet([echo, nap]);
  const h = fleet.process({ eventSink: sink });
  const runId = await h.start("echo");
  await h.round();
  expect(sink.taken).toEqual([]);
  return { fleet, h, runId, sink };
}

describe("a run whose events the sink has not seen", () => {
  it("has them delivered before it is deleted", async () => {
    const { h, runId, sink } = await ended();
    await remove(h, runId);
    expect(runIds(h)).toEqual([]);
    expect(sink.taken).toEqual(ALL);
  });

  it("has its end delivered too when it is deleted alive", async () => {
    const sink = sinkOf();
    const h = new Harness([nap], { eventSink: sink });
    const runId = await h.start("nap");
    await h.round();
    await remove(h, runId, { force: true });
    expect(runIds(h)).toEqual([]);
    expect(sink.taken.at(-1)).toBe("run.cancelled");
  });

  it("has more of them delivered than one call takes", async () => {
    const sink = sinkOf();
    const h = new Harness([nap], { eventSink: sink });
    const workflowRunId = await h.start("nap");
    for (let i = 0; i < 450; i++) {
      await h.kernel.dispatch({ type: i % 2 ? "run.resume" : "run.pause", workflowRunId });
    }
    await remove(h, workflowRunId, { force: true });
    expect(sink.taken).toHaveLength(452);
  });

  it("is not deleted while the sink refuses them, but with force", async () => {
    const { h, runId, sink } = await ended();
    sink.up = false;
    const before = h.persistence.dump();
    await expect(remove(h, runId)).rejects.toMatchObject({
      code: "E_STATE_INVALID",
      message: expect.stringMatching(/outbox\.flush.*force/),
    });
    expect(h.persistence.dump()).toEqual(before);
    expect(await remove(h, runId, { force: true })).toEqual({ deleted: true });
  });

  it("is not deleted by a process that has no sink, but with force", async () => {
    const { fleet, runId } = await ended();
    const other = fleet.process();
    await expect(remove(other, runId)).rejects.toMatchObject({ code: "E_STATE_INVALID" });
    expect(await remove(other, runId, { force: true })).toEqual({ deleted: true });
  });

  it("has them delivered before it is purged, and stays while the sink refuses them", async () => {
    const { h, runId, sink } = await ended();
    sink.up = false;
    expect(await purge(h)).toEqual({ purged: 0, runIds: [] });
    expect(runIds(h)).toEqual([runId]);
    sink.up = true;
    expect(await purge(h)).toEqual({ purged: 1, runIds: [runId] });
    expect(sink.taken).toEqual(ALL);
  });

  it("stays when it is purged by a process that has no sink", async () => {
    const { fleet, runId } = await ended();
    const other = fleet.process();
    expect(await purge(other)).toEqual({ purged: 0, runIds: [] });
    expect(runIds(other)).toEqual([runId]);
  });
});
