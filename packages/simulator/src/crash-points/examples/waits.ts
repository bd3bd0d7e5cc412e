import { defineWorkflow } from "@pawl/kernel";
import type { Bodies, Example } from "../example.ts";

/** A step, a sleep, a step. */
const sleeping = (id: string, ms: number, more: Partial<Example> = {}): Example => ({
  id,
  workflow: (bodies) => sleeper(id, bodies, ms),
  ...more,
});

const sleeper = (id: string, { answers }: Bodies, ms: number) =>
  defineWorkflow({
    id,
    run: async (ctx) => {
      const before = await ctx.step("before", answers(1));
      await ctx.sleep("nap", ms);
      return [before, await ctx.step("after", answers(2))];
    },
  });

const TEN_MINUTES = 600_000;

const sleepUntilPast: Example = {
  id: "sleep-until-past",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "sleep-until-past",
      run: async (ctx) => {
        const before = await ctx.step("before", answers(1));
        await ctx.sleepUntil("past", ctx.now() - 5_000);
        return [before, await ctx.step("after", answers(2))];
      },
    }),
};

/** Sleeps past the first page of its memo. */
const memoPages: Example = {
  id: "memo-pages",
  limits: { memoRecordsMax: 2 },
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "memo-pages",
      run: async (ctx) => {
        const all: number[] = [];
        for (const n of [1, 2, 3, 4]) all.push(await ctx.step(`s${n}`, answers(n)));
        await ctx.sleep("nap", 100);
        return [...all, await ctx.step("after", answers(5))];
      },
    }),
};

/** The timer beats a slow step, and a quick step beats a timer. */
const race: Example = {
  id: "race",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "race",
      run: async (ctx) => {
        const slow = ctx.step("slow", answers("slow", { workMs: 15_000 }));
        const first = await ctx.race([ctx.sleep("limit", 2_000).then(() => "timer"), slow]);
        const quick = ctx.step("quick", answers("quick"));
        const second = await ctx.race([ctx.sleep("far", 60_000).then(() => "timer"), quick]);
        return [first, second];
      },
    }),
};

const runDeadline: Example = {
  id: "run-deadline",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "run-deadline",
      runTimeout: 22_000,
      run: async (ctx) => {
        await ctx.step("before", answers(1));
        await ctx.sleep("for ever", TEN_MINUTES);
      },
    }),
};

/** Paused while a step works, and resumed when it is over. */
const pauseResume: Example = {
  id: "pause-resume",
  controls: [
    { at: 1_000, verb: "run.pause" },
    { at: 4_000, verb: "run.resume" },
  ],
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "pause-resume",
      run: async (ctx) => {
        const long = await ctx.step("long", answers("long", { workMs: 2_000 }));
        const next = await ctx.step("next", answers("next"));
        return [long, next];
      },
    }),
};

const IDEMPOTENT = { idempotencyKey: "order-7", input: { order: 7 } };

export const WAIT_EXAMPLES: readonly Example[] = [
  sleeping("sleep-nothing", 0),
  sleeping("sleep-short", 50),
  sleeping("sleep-long", 14_000),
  sleepUntilPast,
  memoPages,
  race,
  runDeadline,
  pauseResume,
  sleeping("cancel", TEN_MINUTES, { controls: [{ at: 18_000, verb: "run.cancel" }] }),
  sleeping("delayed-start", 50, { delayMs: 3_000 }),
  sleeping("idempotent-start", 50, IDEMPOTENT),
  sleeping("idempotent-start-beside", 50, { ...IDEMPOTENT, beside: true }),
];
