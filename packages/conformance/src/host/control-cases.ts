import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { turn } from "../turn.ts";
import type { Prove } from "./bench.ts";
import { stepsOf } from "./records.ts";

/** What is asked of runs while they run. */
export function controlCases(prove: Prove): void {
  cancel(prove);
  pause(prove);
  idempotentStart(prove);
}

const cancel = (prove: Prove): void =>
  prove(
    "HOST-7 a cancel reaches the abort signal of the running step and ends the run",
    ({ marks, gate }) => [
      defineWorkflow({
        id: "cancelled",
        async run(ctx) {
          await ctx.step("long", async ({ abortSignal }) => {
            marks.add("long");
            let over = false;
            void gate.then(() => {
              over = true;
            });
            while (!abortSignal.aborted && !over) await turn();
            if (abortSignal.aborted) marks.add("aborted");
          });
          await ctx.step("after", () => marks.add("after"));
        },
      }),
    ],
    async ({ expect, host, marks, reached, ended }) => {
      const workflowRunId = await host.start("cancelled");
      await reached("long");
      const reason = "changed my mind";
      const command = { type: "run.cancel", workflowRunId, reason } as const;
      expect(await host.kernel.dispatch(command)).toMatchObject({ changed: true });
      await reached("aborted");
      expect(await ended(workflowRunId)).toMatchObject({ status: "cancelled", reason });
      expect(await host.kernel.dispatch(command)).toMatchObject({ changed: false });
      expect(marks.all()).toEqual({ long: 1, aborted: 1 });
      expect(await stepsOf(host, workflowRunId)).toEqual([]);
    },
  );

const pause = (prove: Prove): void =>
  prove(
    "HOST-8 a paused run starts nothing, and goes on where it was when resumed",
    ({ marks, gate }) => {
      const one = defineStage({
        id: "one",
        schemas: {},
        async execute(ctx) {
          await ctx.step("first", async () => {
            marks.add("first");
            await gate;
          });
          await ctx.step("second", () => marks.add("second"));
          return { output: "one" };
        },
      });
      const two = defineStage({
        id: "two",
        schemas: {},
        execute: async (ctx) => ({ output: await ctx.step("third", () => marks.add("third")) }),
      });
      const other = defineWorkflow({
        id: "other",
        async run(ctx) {
          for (const key of ["a", "b", "c"]) {
            await ctx.step(key, () => key);
            await ctx.sleep(`nap ${key}`, 20);
          }
        },
      });
      return [new WorkflowBuilder("paused").pipe(one).pipe(two).build(), other];
    },
    async ({ expect, host, marks, reached, run, ended, openGate }) => {
      const workflowRunId = await host.start("paused");
      await reached("first");
      await host.kernel.dispatch({ type: "run.pause", workflowRunId });
      openGate();
      expect(await run("other")).toMatchObject({ status: "completed" });
      expect((await host.kernel.query.getRun(workflowRunId)).status).toBe("paused");
      expect(marks.all()).toEqual({ first: 1 });
      await host.kernel.dispatch({ type: "run.resume", workflowRunId });
      expect(await ended(workflowRunId)).toMatchObject({ status: "completed", output: 1 });
      expect(marks.all()).toEqual({ first: 1, second: 1, third: 1 });
    },
  );

const idempotentStart = (prove: Prove): void =>
  prove(
    "HOST-10 starting with one key and input is one run, with another input an error",
    ({ marks }) => [
      defineWorkflow({ id: "once", run: (ctx) => ctx.step("body", () => marks.add("body")) }),
    ],
    async ({ expect, host, marks, ended }) => {
      const start = (order: number): Promise<string> =>
        host.start("once", { order }, { idempotencyKey: "order-1" });
      const [runId = "", ...others] = await Promise.all([start(1), start(1), start(1)]);
      expect(await ended(runId)).toMatchObject({ status: "completed", output: 1 });
      expect([...others, await start(1)]).toEqual([runId, runId, runId]);
      const refused = await start(2).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "E_IDEMPOTENCY_CONFLICT" });
      expect((await host.kernel.query.listRuns()).runs.map(({ id }) => id)).toEqual([runId]);
      expect(marks.count("body")).toBe(1);
    },
  );
