import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";

const forever = (): Promise<never> => new Promise(() => {});

it("a step that ignores its signal ends at limit + grace and is tried again [58]", async () => {
  const aborted: unknown[] = [];
  const attempts: number[] = [];
  const workflow = defineWorkflow({
    id: "w",
    run: (ctx) =>
      ctx.step(
        "hangs",
        ({ attempt, abortSignal }) => {
          attempts.push(h.world.now);
          abortSignal.addEventListener("abort", () => aborted.push(abortSignal.reason?.code));
          return attempt === 1 ? forever() : "second";
        },
        { timeout: 1_000, retry: { maxAttempts: 2, initialDelay: 0, jitter: 0 } },
      ),
  });
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe("second");
  expect(aborted).toEqual(["E_STEP_TIMEOUT"]);
  expect(Number(attempts[1]) - Number(attempts[0])).toBe(2_000);
  expect(h.persistence.dump().attempts).toMatchObject([{ outcome: "timedOut" }]);
});

it("a stage that hangs loses its attempt and its fence [58]", async () => {
  let entered = 0;
  const workflow = defineWorkflow({
    id: "w",
    timeout: 5_000,
    retry: { maxAttempts: 2, initialDelay: 0, jitter: 0 },
    run: async () => {
      entered += 1;
      return entered === 1 ? forever() : "again";
    },
  });
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe("again");
  expect(h.persistence.dump().attempts).toMatchObject([{ step: "", outcome: "timedOut" }]);
});

it("time asleep does not count against a stage's limit", async () => {
  const workflow = defineWorkflow({
    id: "w",
    timeout: 5_000,
    async run(ctx) {
      await ctx.sleep("long", "1 day");
      return "rested";
    },
  });
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe("rested");
});

it("a run past its deadline fails while it sleeps [60]", async () => {
  const workflow = defineWorkflow({
    id: "w",
    runTimeout: "1 hour",
    run: (ctx) => ctx.sleep("long", "1 day"),
  });
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  const run = await h.kernel.query.getRun(id);
  expect(run).toMatchObject({ status: "failed", failure: { code: "E_RUN_TIMEOUT" } });
  const { stages, waits } = h.persistence.dump();
  expect(stages).toMatchObject([{ status: "cancelled" }]);
  expect(waits).toMatchObject([{ outcome: "closed" }]);
});

it("a bad input fails the stage before any effect, naming the field [64, 131]", async () => {
  let effects = 0;
  const strict = defineStage({
    id: "strict",
    retry: { maxAttempts: 5 },
    schemas: { input: z.object({ n: z.number() }) },
    async execute() {
      effects += 1;
      return { output: 1 };
    },
  });
  const loose = defineStage({
    id: "loose",
    schemas: {},
    execute: async () => ({ output: { n: "x" } }),
  });
  const workflow = new WorkflowBuilder("w")
    .pipe(loose)
    .pipe(strict as never)
    .build();
  const h = new Harness([workflow]);
  const id = await h.start("w");
  await h.drain();
  const run = await h.kernel.query.getRun(id);
  expect(run).toMatchObject({ status: "failed", failure: { code: "E_INPUT_INVALID" } });
  expect(run.failure?.message).toMatch(/"strict".*n:/);
  expect(effects).toBe(0);
});

it("a bad output fails the stage for good with the path of the fault [131]", async () => {
  const stage = defineStage({
    id: "bad",
    retry: { maxAttempts: 5 },
    schemas: { output: z.object({ list: z.array(z.number()) }) },
    execute: async () => ({ output: { list: [1, "two"] as number[] } }),
  });
  const h = new Harness([new WorkflowBuilder("w").pipe(stage).build()]);
  const id = await h.start("w");
  await h.drain();
  const run = await h.kernel.query.getRun(id);
  expect(run.failure).toMatchObject({ code: "E_OUTPUT_INVALID" });
  expect(run.failure?.message).toContain("list.1");
});
