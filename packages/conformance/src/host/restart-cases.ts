import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { turn } from "../turn.ts";
import type { Prove } from "./bench.ts";
import { stepsOf } from "./records.ts";

const NAP_MS = 300;
const QUEUED = 10;
/** Turns that a host which does not drain would have more than enough of to end. */
const TURNS = 50;

/** Hosts that end, out of the blue or in order. */
export function restartCases(prove: Prove): void {
  restartInStep(prove);
  restartInSleep(prove);
  drain(prove);
}

const restartInStep = (prove: Prove): void =>
  prove(
    "HOST-13 a host that takes over runs the interrupted step again, and nothing recorded",
    ({ marks, gate }) => {
      const one = defineStage({
        id: "one",
        schemas: {},
        execute: async (ctx) => ({ output: await ctx.step("first", () => marks.add("first")) }),
      });
      const two = defineStage({
        id: "two",
        schemas: {},
        async execute(ctx) {
          await ctx.step("second", () => marks.add("second"));
          await ctx.step("third", async () => {
            if (marks.add("third") === 1) await gate;
          });
          return { output: await ctx.step("fourth", () => marks.add("fourth")) };
        },
      });
      return [new WorkflowBuilder("interrupted").pipe(one).pipe(two).build()];
    },
    async ({ expect, host, marks, reached, within, ended }) => {
      const runId = await host.start("interrupted");
      await reached("third");
      const before = await stepsOf(host, runId);
      expect(before).toEqual(["first completed", "second completed"]);
      await within("another host", host.restart());
      expect(await ended(runId)).toMatchObject({ status: "completed", output: 1 });
      expect(marks.all()).toEqual({ first: 1, second: 1, third: 2, fourth: 1 });
      const { attempts, steps } = await host.kernel.query.getTimeline(runId);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(["lost"]);
      expect(steps.length).toBe(4);
    },
  );

const restartInSleep = (prove: Prove): void =>
  prove(
    "HOST-13 a host that takes over wakes what slept and begins what was queued",
    ({ marks }) => [
      defineWorkflow({
        id: "asleep",
        async run(ctx) {
          await ctx.step("before", () => marks.add("before"));
          await ctx.sleep("nap", NAP_MS);
          return ctx.step("after", () => marks.add("after"));
        },
      }),
      defineWorkflow({ id: "queued", run: (ctx, n) => ctx.step("body", () => n) }),
    ],
    async ({ expect, host, marks, reached, within, ended }) => {
      const asleep = await host.start("asleep");
      await reached("before");
      const numbers = Array.from({ length: QUEUED }, (_, n) => n);
      const queued = await Promise.all(numbers.map((n) => host.start("queued", n)));
      await within("another host", host.restart());
      const runs = await Promise.all(queued.map(ended));
      expect(runs.map(({ output }) => output)).toEqual(numbers);
      expect(await ended(asleep)).toMatchObject({ status: "completed" });
      expect(await stepsOf(host, asleep)).toEqual(["after completed", "before completed"]);
      expect(marks.count("after")).toBe(1);
    },
  );

const drain = (prove: Prove): void =>
  prove(
    "HOST-15 stopping lets the running step end and be recorded",
    ({ marks, gate }) => [
      defineWorkflow({
        id: "drained",
        async run(ctx) {
          await ctx.step("held", async () => {
            marks.add("held");
            await gate;
          });
          return "done";
        },
      }),
    ],
    async ({ expect, host, marks, reached, within, ended, openGate }) => {
      const runId = await host.start("drained");
      await reached("held");
      let stopped = false;
      const stopping = host.stop().then(() => {
        stopped = true;
      });
      for (let turns = 0; turns < TURNS && !stopped; turns++) await turn();
      expect(stopped).toBe(false);
      openGate();
      await within("the end of the host", stopping);
      await within("another host", host.restart());
      expect(await ended(runId)).toMatchObject({ status: "completed", output: "done" });
      expect(marks.all()).toEqual({ held: 1 });
      expect((await host.kernel.query.getTimeline(runId)).attempts).toEqual([]);
    },
  );
