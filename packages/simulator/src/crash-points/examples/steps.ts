import { defineWorkflow } from "@pawl/kernel";
import type { Example } from "../example.ts";

const oneStep: Example = {
  id: "one-step",
  input: "in",
  workflow: ({ answers }) =>
    defineWorkflow({ id: "one-step", run: (ctx) => ctx.step("only", answers("done")) }),
};

const fiveSteps: Example = {
  id: "five-steps",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "five-steps",
      run: async (ctx) => {
        let sum = 0;
        for (const n of [1, 2, 3, 4, 5]) sum += await ctx.step(`add-${n}`, answers(n));
        return sum;
      },
    }),
};

/** One delay is waited in place, the other suspends. */
const retrySucceeds: Example = {
  id: "retry-succeeds",
  limits: { retryInPlaceMs: 1_000 },
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "retry-succeeds",
      run: async (ctx) => {
        const soon = { retry: { maxAttempts: 3, initialDelay: 50 } };
        const late = { retry: { maxAttempts: 2, initialDelay: 3_000 } };
        const first = await ctx.step("soon", answers("soon", { fails: 2 }), soon);
        return [first, await ctx.step("late", answers("late", { fails: 1 }), late)];
      },
    }),
};

const retryGivesUp: Example = {
  id: "retry-gives-up",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "retry-gives-up",
      run: async (ctx) => {
        await ctx.step("before", answers(1));
        const retry = { maxAttempts: 3, initialDelay: 20 };
        return ctx.step("never", answers(2, { fails: 9 }), { retry });
      },
    }),
};

const terminalError: Example = {
  id: "terminal-error",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "terminal-error",
      run: async (ctx) => {
        await ctx.step("before", answers(1));
        return ctx.step("never", answers(2, { fails: 9, terminal: true }));
      },
    }),
};

const caughtFailure: Example = {
  id: "caught-failure",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "caught-failure",
      run: async (ctx) => {
        const retry = { maxAttempts: 2, initialDelay: 10 };
        const never = ctx.step("never", answers(1, { fails: 9 }), { retry });
        const caught = await never.catch((error: Error) => error.name);
        return [caught, await ctx.step("instead", answers("instead"))];
      },
    }),
};

const atMostOnce: Example = {
  id: "at-most-once",
  mayBeInDoubt: true,
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "at-most-once",
      run: async (ctx) => {
        const before = await ctx.step("before", answers(1));
        const body = answers(2, { atMostOnce: true });
        const once = await ctx.step("once", body, { mode: "atMostOnce" });
        return [before, once, await ctx.step("after", answers(3))];
      },
    }),
};

const deferred: Example = {
  id: "deferred",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "deferred",
      run: async (ctx) => {
        const rides = { durability: "deferred" } as const;
        const a = await ctx.step("a", answers("a"), rides);
        const b = await ctx.step("b", answers("b"), rides);
        const c = await ctx.step("c", answers("c"));
        return [a, b, c, await ctx.step("d", answers("d"), rides)];
      },
    }),
};

/** What was drawn before a crash is drawn again after it. */
const chance: Example = {
  id: "chance",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "chance",
      run: async (ctx) => {
        const draw = (): string => [ctx.uuid(), ctx.random(), ctx.now()].join();
        const before = draw();
        const kept = await ctx.step("keep", answers(before));
        const later = draw();
        const keptLater = await ctx.step("keep-later", answers(later));
        await ctx.sleep("nap", 100);
        return [kept === before, keptLater === later];
      },
    }),
};

const largePayloads: Example = {
  id: "large-payloads",
  input: "in".padEnd(100, "·"),
  limits: { payloadInlineBytesMax: 16 },
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "large-payloads",
      run: async (ctx, input) => {
        const large = await ctx.step("large", answers("large".padEnd(300, "·")));
        await ctx.sleep("nap", 100);
        const larger = await ctx.step("larger", answers("larger".padEnd(900, "·")));
        return [input, large, larger];
      },
    }),
};

const notes: Example = {
  id: "notes",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "notes",
      run: async (ctx) => {
        ctx.log("info", "begun", { at: "start" });
        ctx.progress({ done: 0 });
        const made = await ctx.step("make", answers("made"));
        await ctx.storage.put("made", made);
        ctx.progress({ done: 1 });
        const kept = (await ctx.storage.has("made")) ? await ctx.storage.get("made") : "nothing";
        ctx.log("warn", "nearly done");
        return [kept, await ctx.step("last", answers("last"))];
      },
    }),
};

export const STEP_EXAMPLES: readonly Example[] = [
  oneStep,
  fiveSteps,
  { ...fiveSteps, id: "five-steps-by-queue", queue: true },
  { ...fiveSteps, id: "five-steps-beside", beside: true },
  retrySucceeds,
  retryGivesUp,
  terminalError,
  caughtFailure,
  atMostOnce,
  { ...atMostOnce, id: "at-most-once-beside", beside: true },
  deferred,
  chance,
  largePayloads,
  { ...largePayloads, id: "large-payloads-beside", beside: true },
  notes,
];
