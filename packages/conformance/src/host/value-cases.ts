import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import type { Prove } from "./bench.ts";
import { stepsOf } from "./records.ts";

const LARGE = `pawl é 👩‍🚀 ${"0123456789".repeat(3)}\n`.repeat(8_000);
const RUNS = 50;

/** Runs that go well: what they answer, and that nothing in them is done twice. */
export function valueCases(prove: Prove): void {
  steps(prove);
  graph(prove);
  largeValues(prove);
  manyRuns(prove);
}

const steps = (prove: Prove): void =>
  prove(
    "HOST-1 a run of steps ends with its output, each step recorded once",
    ({ marks }) => [
      defineWorkflow({
        id: "steps",
        async run(ctx, n) {
          const step = <T>(key: string, value: T): Promise<T> =>
            ctx.step(key, () => {
              marks.add(key);
              return value;
            });
          const next = await step("next", Number(n) + 1);
          const both = await ctx.all([
            step("date", new Date(next)),
            step("map", new Map([[1, n]])),
          ]);
          return { next, both };
        },
      }),
    ],
    async ({ expect, host, marks, run }) => {
      const ended = await run("steps", 41);
      const output = { next: 42, both: [new Date(42), new Map([[1, 41]])] };
      expect(ended).toMatchObject({ status: "completed", input: 41, failure: null });
      expect(ended.output).toEqual(output);
      expect(marks.all()).toEqual({ next: 1, date: 1, map: 1 });
      const recorded = await stepsOf(host, ended.id);
      expect(recorded).toEqual(["date completed", "map completed", "next completed"]);
    },
  );

const graph = (prove: Prove): void =>
  prove(
    "HOST-2 branches run beside each other, and what joins them gets what each answered",
    ({ marks }) => {
      const stage = <const Id extends string>(id: Id, of: (input: unknown) => unknown) =>
        defineStage({
          id,
          schemas: {},
          execute: async ({ input }) => {
            marks.add(id);
            return { output: of(input) };
          },
        });
      const plus = (more: number) => (n: unknown) => Number(n) + more;
      return [
        new WorkflowBuilder("graph")
          .pipe(stage("first", plus(1)))
          .parallel([stage("left", plus(10)), stage("right", plus(20))])
          .pipe(stage("join", (outputs) => outputs))
          .build(),
      ];
    },
    async ({ expect, marks, run }) => {
      const ended = await run("graph", 1);
      expect(ended).toMatchObject({ status: "completed" });
      expect(ended.output).toEqual({ left: 12, right: 22 });
      expect(marks.all()).toEqual({ first: 1, left: 1, right: 1, join: 1 });
    },
  );

const largeValues = (prove: Prove): void =>
  prove(
    "HOST-11 a large value passes whole through input, step, stage and output",
    ({ marks }) => {
      const grow = defineStage({
        id: "grow",
        schemas: {},
        execute: async (ctx) => ({ output: await ctx.step("grow", () => `${ctx.input}!`) }),
      });
      const check = defineStage({
        id: "check",
        schemas: {},
        async execute(ctx) {
          if (ctx.input === `${LARGE}!`) marks.add("arrived");
          return { output: ctx.input };
        },
      });
      return [new WorkflowBuilder("large").pipe(grow).pipe(check).build()];
    },
    async ({ expect, marks, run }) => {
      const ended = await run("large", LARGE);
      expect(ended.status).toBe("completed");
      expect(ended.input === LARGE).toBe(true);
      expect(ended.output === `${LARGE}!`).toBe(true);
      expect(marks.count("arrived")).toBe(1);
    },
  );

const manyRuns = (prove: Prove): void =>
  prove(
    `HOST-12 of ${RUNS} runs at once each ends with its own output, each step done once`,
    ({ marks }) => {
      const stage = <const Id extends string>(id: Id) =>
        defineStage({
          id,
          schemas: {},
          async execute(ctx) {
            const step = (key: string): Promise<number> =>
              ctx.step(key, () => marks.add(`${ctx.runId} ${id} ${key}`));
            return { output: { n: ctx.input, times: (await step("one")) + (await step("two")) } };
          },
        });
      return [new WorkflowBuilder("many").pipe(stage("a")).pipe(stage("b")).build()];
    },
    async ({ expect, host, marks, ended }) => {
      const numbers = Array.from({ length: RUNS }, (_, n) => n);
      const ids = await Promise.all(numbers.map((n) => host.start("many", n)));
      const runs = await Promise.all(ids.map(ended));
      const answered = numbers.map((n) => ({ n: { n, times: 2 }, times: 2 }));
      expect(runs.map(({ output }) => output)).toEqual(answered);
      const counts = Object.values(marks.all());
      expect(counts).toEqual(Array(4 * RUNS).fill(1));
      for (const id of ids) expect((await stepsOf(host, id)).length).toBe(4);
    },
  );
