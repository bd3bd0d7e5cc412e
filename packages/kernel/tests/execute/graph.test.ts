import { defineStage, type StageOptions, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness } from "../support/harness.ts";

const number = { input: z.number(), output: z.number() };

const plus = (id: string, by: number, options: StageOptions = {}) =>
  defineStage({
    ...options,
    id,
    schemas: number,
    async execute(ctx) {
      return { output: await ctx.step("add", () => ctx.input + by) };
    },
  });

const failing = (id: string, options: StageOptions = {}) =>
  defineStage({
    ...options,
    id,
    schemas: number,
    async execute() {
      throw new Error(`${id} is broken`);
    },
  });

const sum = defineStage({
  id: "sum",
  schemas: { input: z.record(z.string(), z.number()), output: z.number() },
  async execute(ctx) {
    const values = Object.values(ctx.input);
    return { output: await ctx.step("sum", () => values.reduce((a, b) => a + b, 0)) };
  },
});

const options = { input: z.number() };

const diamond = () =>
  new WorkflowBuilder("diamond", options)
    .pipe(plus("first", 1))
    .parallel([plus("left", 10), plus("right", 100)])
    .pipe(sum)
    .build();

async function ended(workflow: ReturnType<typeof diamond>, input: unknown = 0) {
  const h = new Harness([workflow as never]);
  const id = await h.start(workflow.id, input);
  await h.drain();
  const { stages } = h.persistence.dump();
  const statuses = Object.fromEntries(stages.map((s) => [s.stageId, s.status]));
  return { h, run: await h.kernel.query.getRun(id), statuses };
}

it("fans out and joins, input by stage id", async () => {
  const { run, statuses } = await ended(diamond());
  expect(run).toMatchObject({ status: "completed", output: 112 });
  expect(Object.values(statuses)).toEqual(["completed", "completed", "completed", "completed"]);
});

it("joins after a crash at every commit, each step recorded once", async () => {
  const points = await eachCrashPoint({ workflow: diamond, input: 0 }, async (_point, h, runId) => {
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed", output: 112 });
    const { events, runs, stages } = h.persistence.dump();
    expect(events.map((event) => event.rev)).toEqual(events.map((_, i) => i + 1));
    expect(runs[0]?.rev).toBe(events.length);
    expect(stages.length).toBe(4);
  });
  expect(points).toBeGreaterThan(15);
});

it("answers the outputs of several sinks by stage id", async () => {
  const workflow = new WorkflowBuilder("sinks", options)
    .parallel([plus("a", 1), plus("b", 2), plus("c", 3)])
    .build();
  const { run } = await ended(workflow as never, 10);
  expect(run).toMatchObject({ status: "completed", output: { a: 11, b: 12, c: 13 } });
});

it("decrements a wide join without conflicts and opens it once", async () => {
  const branches = Array.from({ length: 40 }, (_, i) => plus(`b${i}`, i));
  const workflow = new WorkflowBuilder("wide", options)
    .parallel(branches)
    .pipe(sum as never)
    .build();
  const { h, run } = await ended(workflow as never, 1);
  expect(run).toMatchObject({ status: "completed", output: 40 + (39 * 40) / 2 });
  const opened = h.persistence.dump().events.filter((e) => e.type === "stage.released");
  expect(opened.length).toBe(1);
});

describe("conditions", () => {
  const branch = (n: number) =>
    new WorkflowBuilder("conditional", options)
      .pipe(plus("first", n))
      .stage(plus("big", 100), { after: ["first"], when: (outputs) => (outputs.first ?? 0) > 5 })
      .stage(plus("after-big", 1), { after: ["big"] })
      .stage(plus("small", 1), { after: ["first"], when: (outputs) => (outputs.first ?? 0) <= 5 })
      .stage(sum as never, { after: ["after-big", "small"] as never })
      .build();

  it.each([
    [9, 110, "skipped", "completed"],
    [1, 2, "completed", "skipped"],
  ])(
    "with %s take one branch; the skip propagates to what depends on it alone",
    async (n, output, small, big) => {
      const { run, statuses } = await ended(branch(n) as never);
      expect(run).toMatchObject({ status: "completed", output });
      expect([statuses.small, statuses.big, statuses["after-big"]]).toEqual([small, big, big]);
    },
  );
});

describe("failure policy of a stage [97]", () => {
  const side = (policy: "failRun" | "stopBranch" | "continue") =>
    new WorkflowBuilder("policy", options)
      .parallel([plus("good", 1), failing("bad", { onFailure: policy })])
      .pipe(sum as never)
      .build();

  it("failRun fails the run and cancels the rest", async () => {
    const { run, statuses } = await ended(side("failRun") as never);
    expect(run).toMatchObject({ status: "failed", failure: { message: "bad is broken" } });
    expect(statuses.sum).toBe("cancelled");
  });

  it.each(["stopBranch", "continue"] as const)("%s goes on without its output", async (policy) => {
    const { run, statuses } = await ended(side(policy) as never);
    expect(run).toMatchObject({ status: "completed", output: 1 });
    expect(statuses.bad).toBe("failed");
  });

  it("stopBranch of the only branch fails the run and skips what follows", async () => {
    const workflow = new WorkflowBuilder("only", options)
      .pipe(failing("bad", { onFailure: "stopBranch" }))
      .pipe(plus("next", 1))
      .build();
    const { run, statuses } = await ended(workflow as never);
    expect(run).toMatchObject({ status: "failed", failure: { message: "bad is broken" } });
    expect(statuses.next).toBe("skipped");
  });
});

describe("what the types say of a missing output", () => {
  const seen = defineStage({
    id: "seen",
    schemas: { output: z.string() },
    execute: async (ctx) => ({ output: typeof ctx.input }),
  });

  it("after a stage with continue alone, the next runs with nothing [97]", async () => {
    const workflow = new WorkflowBuilder("w", options)
      .pipe(failing("bad", { onFailure: "continue" }))
      .pipe(seen)
      .build();
    const { run } = await ended(workflow as never);
    expect(run).toMatchObject({ status: "completed", output: "undefined" });
  });

  it("a run whose only last stage is skipped has no output", async () => {
    const workflow = new WorkflowBuilder("w", options)
      .pipe(plus("first", 1))
      .stage(seen, { after: ["first"], when: () => false })
      .build();
    const { run, statuses } = await ended(workflow as never);
    expect(run).toMatchObject({ status: "completed", output: undefined });
    expect(statuses.seen).toBe("skipped");
  });

  it("a parallel of one stage that nothing comes after is the run's output itself", async () => {
    const workflow = new WorkflowBuilder("w", options).parallel([plus("only", 1)]).build();
    const { run } = await ended(workflow as never, 1);
    expect(run).toMatchObject({ status: "completed", output: 2 });
  });
});

describe("joins", () => {
  it("any starts with the first and cancels what is late when the run ends", async () => {
    const workflow = new WorkflowBuilder("any", options)
      .stage(plus("fast", 1))
      .stage(plus("held-back", 2, { startTimeout: "1 day", queue: "nobody" }))
      .stage(sum as never, { after: ["fast", "held-back"] as never, join: "any" })
      .build();
    const h = new Harness([workflow as never]);
    const id = await h.start("any", 0);
    const session = await h.session();
    for (let i = 0; i < 5; i++) {
      const claimed = await h.kernel.dispatch({
        type: "job.claim",
        session,
        limit: 5,
        queues: ["default"],
      });
      for (const stage of claimed) {
        await h.world.until(h.kernel.dispatch({ type: "job.execute", session, claimed: stage }));
      }
    }
    expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 1 });
    const late = h.persistence.dump().stages.find((s) => s.stageId === "held-back");
    expect(late?.status).toBe("cancelled");
  });
});

it("validates the output of the workflow itself", async () => {
  const workflow = new WorkflowBuilder("typed", { input: z.number(), output: z.number().max(5) })
    .pipe(plus("first", 10))
    .build();
  const { run } = await ended(workflow as never);
  expect(run).toMatchObject({ status: "failed", failure: { code: "E_OUTPUT_INVALID" } });
});

it("reads earlier stages that it names in uses, and says what exists otherwise [133]", async () => {
  const first = plus("first", 1);
  const last = defineStage({
    id: "last",
    schemas: number,
    uses: [first],
    async execute(ctx) {
      return { output: ctx.input + ctx.require("first") * 1_000 };
    },
  });
  const workflow = new WorkflowBuilder("uses", options)
    .pipe(first)
    .pipe(plus("middle", 1))
    .pipe(last)
    .build();
  const { run } = await ended(workflow);
  expect(run).toMatchObject({ status: "completed", output: 1_002 });
});

describe("the output of a run whose last commit skips a sink", () => {
  const sinks = (late: "fails" | "refused") =>
    new WorkflowBuilder("w", options)
      .stage(plus("sound", 1))
      .stage(slow(late === "fails"), { onFailure: "stopBranch" })
      .stage(plus("late", 1), { after: ["slow"], when: () => late === "fails" })
      .build();

  const slow = (fails: boolean) =>
    defineStage({
      id: "slow",
      schemas: number,
      async execute(ctx) {
        await ctx.sleep("while", 1_000);
        if (fails) throw new Error("in the end");
        return { output: 1 };
      },
    });

  it.each(["fails", "refused"] as const)(
    "is that of the sinks that completed: %s",
    async (late) => {
      const { run } = await ended(sinks(late) as never);
      expect(run).toMatchObject({ status: "completed", output: { sound: 1 } });
    },
  );
});

it("a failed stage that is passed over fails a chain whose last stage is refused", async () => {
  const idle = (id: string) =>
    defineStage({ id, schemas: {}, execute: async () => ({ output: 1 }) });
  const chain = new WorkflowBuilder("w", options)
    .stage(failing("flaky"), { onFailure: "continue" })
    .stage(idle("middle"), { after: ["flaky"] })
    .stage(idle("last"), { after: ["middle"], when: () => false })
    .build();
  const { run } = await ended(chain as never);
  expect(run).toMatchObject({ status: "failed", failure: { message: "flaky is broken" } });
});
