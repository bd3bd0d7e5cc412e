import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, claim, eventTypes, Fleet, Gate, hintAt, register } from "./fleet.ts";
import { echo, fan, fn, gated, nap } from "./workflows.ts";

const HOUR_MS = 3_600_000;

const ghost = (why: string) => ({ outcome: "ghost", stages: 0, ghost: why });

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
        expect(await run(process, hintAt(runId))).toEqual(ghost("finished"));
      }
    }
    expect(h.persistence.dump()).toEqual(before);
  });
});

describe("a hint is a ghost", () => {
  it.each([
    ["an unknown run", { workflowRunId: "nobody" }, "unknown"],
    ["a stage that the run does not have", { stageId: "nothing" }, "unknown"],
    ["another map item", { mapIndex: 1 }, "unknown"],
    ["another generation", { generation: 1 }, "unknown"],
    ["an attempt that is over or never was", { attempt: 2 }, "stale"],
  ])("when it names %s", async (_title, other, why) => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.round();
    const before = h.persistence.dump();
    expect(await run(h, hintAt(runId, "main", other))).toEqual(ghost(why));
    expect(h.persistence.dump()).toEqual(before);
  });

  it("when its run was cancelled", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.kernel.dispatch({ type: "run.cancel", workflowRunId: runId });
    expect(await run(h, hintAt(runId))).toEqual(ghost("finished"));
  });

  it("while another executes its stage: the lease owns recovery", async () => {
    const gate = new Gate();
    const h = new Harness([gated(gate)]);
    const runId = await h.start("gated");
    const { ends } = await begin(h, await register(h));
    expect(await run(h, hintAt(runId))).toEqual(ghost("owned"));
    gate.open();
    await h.world.until(ends);
  });

  it("while its stage is held, for whoever lets it go on dispatches it", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
    expect(await run(h, hintAt(runId))).toEqual(ghost("waiting"));
  });

  it("while its stage waits for others", async () => {
    const h = new Harness([fan(2)]);
    const runId = await h.start("fan");
    expect(await run(h, hintAt(runId, "join"))).toEqual(ghost("waiting"));
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

  it.each<[string, unknown, string?]>([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["text", "run it"],
    ["an empty object", {}],
    ["another version", { ...good, v: 2 }, "otherVersion"],
    ["a run id beyond any size", { ...good, workflowRunId: "r".repeat(2_000) }, "tooLarge"],
    ["a job of more than 4 KB", { ...good, more: "x".repeat(4_096) }, "tooLarge"],
    ["a job of 300 KB", { ...good, more: Array(100_000).fill(1) }, "tooLarge"],
    ["a text of 300 KB", "x".repeat(300_000), "tooLarge"],
    ["a job with a cycle in it", { ...good, cycle }],
    ["a run id that no store can take", { ...good, workflowRunId: "r\u0000" }],
    ["half of a character", { ...good, stageId: "\ud800" }],
    ["an index that no store can count", { ...good, mapIndex: 2 ** 60 }],
    ["a job cut short", JSON.stringify(good).slice(0, -5)],
    ["a run id that is no text", { ...good, workflowRunId: 7 }],
    ["no stage", { ...good, stageId: undefined }],
    ["a negative index", { ...good, mapIndex: -1 }],
    ["a broken attempt", { ...good, attempt: 1.5 }],
    ["half a megabyte", { junk: "x".repeat(500_000) }],
    ["a cycle", cycle],
    ["a bigint", { v: 1n }],
    ["a bigint beside a job", { ...good, more: 1n }],
  ])(
    "leaves one bounded dead letter and can be acknowledged: %s [129]",
    async (_t, body, why = "malformed") => {
      const h = new Harness([echo]);
      expect(await run(h, body)).toEqual(ghost(why));
      const letters = await h.kernel.dispatch({ type: "deadletter.list", kind: "message" });
      expect(letters).toMatchObject([{ kind: "message", reason: why, runId: null }]);
      expect(letters[0]?.body?.length).toBeGreaterThan(0);
      expect(letters[0]?.body?.length).toBeLessThanOrEqual(2_000);
      expect(h.logged).toMatchObject([{ level: "warn", facts: { reason: why } }]);
    },
  );

  it("though it names a stage that could be claimed, changes nothing of it", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    const { runs, stages, events } = h.persistence.dump();
    const padded = { ...hintAt(runId), more: "x".repeat(300_000) };
    for (const body of [padded, { ...hintAt(runId), v: 2 }, JSON.stringify(hintAt(runId)).slice(1)])
      expect(await run(h, body)).toMatchObject({ outcome: "ghost" });
    expect(h.persistence.dump()).toMatchObject({ runs, stages, events });
    expect(await run(h, { ...hintAt(runId), more: "of a later version" })).toMatchObject({
      outcome: "completed",
    });
  });

  it("is told of once a minute for each kind, and leaves so many letters", async () => {
    const h = new Harness([echo]);
    for (let i = 0; i < 50; i++) {
      await run(h, "junk");
      await run(h, { v: 2 });
      await run(h, hintAt("nobody"));
    }
    const reasons = () => h.logged.map(({ facts }) => [facts.reason, facts.suppressed]);
    const first = ["malformed", "otherVersion", "unknown"].map((reason) => [reason, 0]);
    expect(reasons()).toEqual(first);
    const list = { type: "deadletter.list", kind: "message" } as const;
    expect(await h.kernel.dispatch(list)).toHaveLength(40);
    await h.world.advance(60_000);
    await run(h, "junk");
    expect(reasons()).toEqual([...first, ["malformed", 49]]);
    expect(await h.kernel.dispatch(list)).toHaveLength(41);
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
