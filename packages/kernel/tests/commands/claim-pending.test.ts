import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { claim, eventTypes, Fleet, register } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

const DAY_MS = 86_400_000;
const admit = (h: Harness, limit?: number) =>
  h.kernel.dispatch({ type: "run.claimPending", ...(limit === undefined ? {} : { limit }) });
const tomorrow = (h: Harness) => ({ startAt: h.world.now + DAY_MS });

describe("a run with a start time", () => {
  it("is pending, with nothing to claim, until that instant [42]", async () => {
    const h = new Harness([echo]);
    const made = await h.kernel.dispatch({
      type: "run.create",
      workflowId: "echo",
      ...tomorrow(h),
    });
    expect(made).toMatchObject({ status: "pending", replayed: false });
    await h.world.advance(DAY_MS - 1);
    expect(await admit(h)).toEqual({ claimed: 0 });
    expect(await claim(h, await register(h))).toEqual([]);
    await h.world.advance(1);
    expect(await admit(h)).toEqual({ claimed: 1 });
    expect(await admit(h)).toEqual({ claimed: 0 });
    await h.drain();
    expect(await h.kernel.query.getRun(made.workflowRunId)).toMatchObject({ status: "completed" });
    expect(eventTypes(h, made.workflowRunId).slice(0, 2)).toEqual(["run.created", "run.started"]);
  });

  it("is admitted once by two processes at once", async () => {
    const fleet = new Fleet([echo]);
    const [a, b] = [fleet.process(), fleet.process()];
    const ids = [await a.start("echo", 1, tomorrow(a)), await a.start("echo", 2, tomorrow(a))];
    await fleet.world.advance(DAY_MS);
    const [one, two] = await Promise.all([admit(a), admit(b)]);
    expect(one.claimed + two.claimed).toBe(2);
    for (const id of ids) expect(eventTypes(a, id)).toEqual(["run.created", "run.started"]);
  });

  it("is cancelled like any other, and then never starts", async () => {
    const h = new Harness([echo]);
    const workflowRunId = await h.start("echo", 1, tomorrow(h));
    await h.kernel.dispatch({ type: "run.cancel", workflowRunId });
    await h.world.advance(DAY_MS);
    expect(await admit(h)).toEqual({ claimed: 0 });
  });

  it("has its time limits counted from its start", async () => {
    const limited = fn("limited", async () => "done", { runTimeout: "1 hour" });
    const h = new Harness([limited]);
    const id = await h.start("limited", undefined, tomorrow(h));
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed" });
  });
});

it("a start time that has passed starts at once, with the whole time limit", async () => {
  const limited = fn("limited", async () => "done", { runTimeout: "1 hour" });
  const h = new Harness([limited]);
  const id = await h.start("limited", undefined, { startAt: h.world.now - DAY_MS });
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed" });
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, "tomorrow"])(
  "refuses %s as a start time, by name",
  async (startAt) => {
    const h = new Harness([echo]);
    await expect(h.start("echo", 1, { startAt })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining("startAt"),
    });
  },
);

it("admits at most `limit` at once, the longest due first", async () => {
  const h = new Harness([echo]);
  const at = (ms: number) => h.start("echo", ms, { startAt: h.world.now + ms });
  const ids = [await at(3), await at(1), await at(2)];
  await h.world.advance(10);
  expect(await admit(h, 2)).toEqual({ claimed: 2 });
  const status = (id: string) => h.kernel.query.getRun(id).then((run) => run.status);
  expect(await Promise.all(ids.map(status))).toEqual(["pending", "running", "running"]);
});

it("admits its own runs though runs without code here are due before them", async () => {
  const fleet = new Fleet([nap]);
  const other = fleet.process();
  await other.start("nap", 1, { startAt: other.world.now + 1 });
  const h = fleet.process({}, [echo]);
  await h.start("echo", 1, { startAt: h.world.now + 2 });
  await h.world.advance(10);
  await admit(h, 1);
  expect(await admit(h, 1)).toEqual({ claimed: 1 });
});
