import { defineStage, defineWorkflow, TerminalError, WorkflowBuilder } from "@pawl/kernel";
import type { Prove } from "./bench.ts";
import { stepsOf } from "./records.ts";

/** Bodies that throw: tried again where their author says so, else the run has failed. */
export function failureCases(prove: Prove): void {
  stepRetry(prove);
  stageRetry(prove);
  failedRun(prove);
}

const stepRetry = (prove: Prove): void =>
  prove(
    "HOST-4 a failed step is tried again in place until it goes well",
    ({ marks }) => [
      defineWorkflow({
        id: "stepRetry",
        async run(ctx) {
          const body = (step: { readonly attempt: number }): number => {
            if (marks.add("body") < 3) throw new Error("not yet");
            return step.attempt;
          };
          const attempt = await ctx.step("tried", body, { retry: { initialDelay: 5 } });
          return { attempt, stageAttempt: ctx.attempt };
        },
      }),
    ],
    async ({ expect, host, marks, run }) => {
      const { id, status, output } = await run("stepRetry");
      expect(status).toBe("completed");
      expect(output).toEqual({ attempt: 3, stageAttempt: 1 });
      expect(marks.count("body")).toBe(3);
      expect(await stepsOf(host, id)).toEqual(["tried completed"]);
    },
  );

const stageRetry = (prove: Prove): void =>
  prove(
    "HOST-5 a failed stage is tried again by its policy, and its recorded steps stay",
    ({ marks }) => [
      defineWorkflow({
        id: "stageRetry",
        retry: { maxAttempts: 3, initialDelay: 50 },
        async run(ctx) {
          await ctx.step("kept", () => marks.add("kept"));
          marks.add("body");
          if (ctx.attempt < 3) throw new Error("not yet");
          return ctx.attempt;
        },
      }),
    ],
    async ({ expect, host, marks, run }) => {
      const { id, status, output } = await run("stageRetry");
      expect([status, output]).toEqual(["completed", 3]);
      expect(marks.all()).toEqual({ kept: 1, body: 3 });
      const { attempts } = await host.kernel.query.getTimeline(id);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    },
  );

const failedRun = (prove: Prove): void =>
  prove(
    "HOST-6 a run fails with what its body threw, and nothing after it begins",
    ({ marks }) => {
      const charge = defineStage({
        id: "charge",
        schemas: {},
        retry: { maxAttempts: 5, initialDelay: 1 },
        async execute() {
          marks.add("charge");
          throw new TerminalError("card declined");
        },
      });
      const ship = defineStage({
        id: "ship",
        schemas: {},
        execute: async () => ({ output: marks.add("ship") }),
      });
      return [new WorkflowBuilder("failing").pipe(charge).pipe(ship).build()];
    },
    async ({ expect, marks, run }) => {
      const failed = await run("failing");
      expect(failed).toMatchObject({ status: "failed", output: undefined });
      expect(failed.failure ?? {}).toMatchObject({
        name: "TerminalError",
        message: "card declined",
      });
      expect(marks.all()).toEqual({ charge: 1 });
    },
  );
