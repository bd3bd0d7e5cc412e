import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, claim, eventTypes, Fleet, Gate, hintAt, register } from "./fleet.ts";
import { echo, fan, fn, gated, nap } from "./workflows.ts";

const HOUR_MS = 3_600_000;

const run = async (h: Harness, job: unknown) =>
  h.world.until(h.kernel.dispatch({ type: "job.execute", session: await h.session(), job }));

describe("the same job delivered many times", () => {
  it("at once to two processes changes state once [11]", async () => {
    let bodies = 0;
    const counted = fn("counted", (ctx) => ctx.step("s", () => ++bodies));
    const fleet = new Fleet([counted]);
    const two = [fleet.process(), fleet.process()] as const;
    const runId = await two[0].start("counted");
    await Promise.all(two.map((h) => h.session()));
    const deliveries = Array.from({ length: 10 }, (_, i) => run(two[i % 2]!, hintAt(runId)));
    const outcomes = (await Promise.all(deliveries)).map((executed) => executed.outcome);
    expect(outcomes.filter((outcome) => outcome === "completed")).toHaveLength(1);
    expect(outcomes.every((o) => ["completed", "busy", "ghost"].includes(o))).toBe(true);
    expect(bodies).toBe(1);
    expect(eventTypes(two[0], runId)).toEqual(["run.created", "stage.completed", "run.completed"]);
  });

  it("after the end, and to a new process, changes nothing [11]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const runId = await h.start("echo", 1);
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "completed", stages: 1 });
    const later = fleet.process();
    await later.session();
    const before = h.persistence.dump();
    for (const process of [h, later]) {
      for (let i = 0; i < 5; i++) {
        expect(await run(process, hintAt(runId))).toEqual({ outcome: "ghost", stages: 0 });
      }
    }
    expect(h.persistence.dump()).toEqual(before);
  });
});

describe("a hint is a ghost", () => {
  it.each([
    ["an unknown run", { workflowRunId: "nobody" }],
    ["a stage that the run does not have", { stageId: "nothing" }],
    ["another map item", { mapIndex: 1 }],
    ["another generation", { generation: 1 }],
    ["an attempt that is over or never was", { attempt: 2 }],
  ])("when it names %s", async (_title, other) => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.round();
    const before = h.persistence.dump();
    expect(await run(h, hintAt(runId, "main", other))).toEqual({ outcome: "ghost", stages: 0 });
    expect(h.persistence.dump()).toEqual(before);
  });

  it("when its run was cancelled", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.kernel.dispatch({ type: "run.cancel", workflowRunId: runId });
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "ghost" });
  });
});

describe("a hint is early", () => {
  it("while its stage sleeps, and claims it when it is due", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    expect(await run(h, hintAt(runId))).toMatchObject({
      outcome: "suspended",
      retryAt: h.world.now + HOUR_MS,
    });
    await h.world.advance(HOUR_MS - 1);
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "early", stages: 0 });
    await h.world.advance(1);
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "completed" });
  });

  it("while its stage waits for its next attempt", async () => {
    const failing = fn("failing", async () => Promise.reject(new Error("no")), {
      retry: { maxAttempts: 2, initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 },
    });
    const h = new Harness([failing]);
    const runId = await h.start("failing");
    const first = await run(h, hintAt(runId));
    expect(first).toMatchObject({ outcome: "failed", retryAt: h.world.now + HOUR_MS });
    const second = hintAt(runId, "main", { attempt: 2 });
    expect(await run(h, second)).toMatchObject({ outcome: "early" });
    await h.world.advance(HOUR_MS);
    expect(await run(h, second)).toMatchObject({ outcome: "failed" });
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
  });

  it("and says when to look again", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    const due = h.world.now + HOUR_MS;
    await run(h, hintAt(runId));
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "early", retryAt: due });
  });
});

describe("a hint is busy", () => {
  it("while another executes its stage", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate)]);
    const runId = await h.start("gated");
    const { ends } = await begin(h, await register(h));
    expect(await run(h, hintAt(runId))).toEqual({ outcome: "busy", stages: 0 });
    gate.open();
    await h.world.until(ends);
  });

  it("while its stage is held", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
    expect(await run(h, hintAt(runId))).toMatchObject({ outcome: "busy" });
  });

  it("while its stage waits for others", async () => {
    const h = new Harness([fan(2)]);
    const runId = await h.start("fan");
    expect(await run(h, hintAt(runId, "join"))).toMatchObject({ outcome: "busy" });
  });

  it("when this process lacks the code of its run", async () => {
    const fleet = new Fleet([nap]);
    const runId = await fleet.process().start("nap");
    const stranger = fleet.process({}, [echo]);
    expect(await run(stranger, hintAt(runId))).toMatchObject({ outcome: "busy" });
  });
});

describe("a message that is no job", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const good = hintAt("r");

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["text", "run it"],
    ["an empty object", {}],
    ["another version", { ...good, v: 2 }],
    ["a run id that is no text", { ...good, workflowRunId: 7 }],
    ["no stage", { ...good, stageId: undefined }],
    ["a negative index", { ...good, mapIndex: -1 }],
    ["a broken attempt", { ...good, attempt: 1.5 }],
    ["half a megabyte", { junk: "x".repeat(500_000) }],
    ["a cycle", cycle],
    ["a bigint", { v: 1n }],
  ])("leaves one bounded dead letter and can be acknowledged: %s [129]", async (_title, body) => {
    const h = new Harness([echo]);
    expect(await run(h, body)).toEqual({ outcome: "ghost", stages: 0 });
    const letters = await h.kernel.dispatch({ type: "deadletter.list", kind: "message" });
    expect(letters).toMatchObject([{ kind: "message", reason: "malformed", runId: null }]);
    expect(letters[0]?.body?.length).toBeGreaterThan(0);
    expect(letters[0]?.body?.length).toBeLessThanOrEqual(2_000);
    expect(h.logged).toMatchObject([{ level: "warn", message: "malformed job" }]);
  });

  it("can be discarded, but there is nothing to replay", async () => {
    const h = new Harness([echo]);
    await run(h, "junk");
    const [letter] = await h.kernel.dispatch({ type: "deadletter.list" });
    const id = letter!.id;
    const replay = h.kernel.dispatch({ type: "deadletter.replay", id });
    await expect(replay).rejects.toMatchObject({ code: "E_STATE_INVALID" });
    expect(await h.kernel.dispatch({ type: "deadletter.discard", id })).toEqual({
      discarded: true,
    });
    expect(await h.kernel.dispatch({ type: "deadletter.list" })).toEqual([]);
  });
});

it("executes nothing under a session that is not of this process", async () => {
  const fleet = new Fleet([echo]);
  const h = fleet.process();
  const runId = await h.start("echo");
  const session = await register(h);
  const other = fleet.process();
  const asked = other.kernel.dispatch({ type: "job.execute", session, job: hintAt(runId) });
  await expect(asked).rejects.toMatchObject({ code: "E_SESSION_LOST" });
  expect(await claim(h, session)).toHaveLength(1);
});
