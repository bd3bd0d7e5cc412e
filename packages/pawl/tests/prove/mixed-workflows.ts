import {
  type DurableContext,
  defineStage,
  defineWorkflow,
  type StepOptions,
  TerminalError,
  type Workflow,
  WorkflowBuilder,
} from "../../src/index.ts";
import { lasting } from "./until.ts";

export interface Entered {
  /** Names the step in its run. */
  readonly step: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** Called when a step's body is entered. */
export type Enter = (entered: Entered) => void;

type AnyOf = Workflow<unknown, unknown>;

const LARGE_CHARACTERS = 40_000;
const FAST_RETRY = { maxAttempts: 3, initialDelay: 20, jitter: 0 };

/** Workflows of every kind, whose outcome depends on their input alone: a small whole number. */
export function mixedWorkflows(enter: Enter): readonly AnyOf[] {
  const work: Work = async (ctx, key, { fails = 0, characters = 0, lastsMs, ...options } = {}) =>
    ctx.step(
      key,
      async ({ idempotencyKey, attempt }) => {
        enter({ step: `${ctx.runId} ${ctx.stageId} ${key}`, idempotencyKey, attempt });
        await lasting(lastsMs ?? 5 + (key.length % 4) * 5);
        if (attempt <= fails) throw new Error(`${key} fails at attempt ${attempt}`);
        return key.padEnd(characters, "-");
      },
      options,
    );
  return [linear(work), branches(work), items(work), large(work), doomed(work), again(work)].concat(
    onceCaught(work),
    onceHeld(work),
  );
}

interface WorkOptions extends StepOptions {
  /** Attempts that throw. */
  readonly fails?: number;
  readonly lastsMs?: number;
  /** Length of what it returns, at least. */
  readonly characters?: number;
}

type Work = (ctx: DurableContext, key: string, options?: WorkOptions) => Promise<string>;

const napMs = (input: unknown, nth: number): number =>
  50 + ((Number(input) * 137 + nth * 61) % 450);

/** Steps one after the other, with a sleep, retries and deferred records. */
const linear = (work: Work): AnyOf =>
  defineWorkflow({
    id: "linear",
    async run(ctx, input) {
      const done = [await work(ctx, "a"), await work(ctx, "b")];
      await ctx.sleep("nap", napMs(input, 1));
      done.push(await work(ctx, "flaky", { fails: 2, retry: FAST_RETRY }));
      for (const key of ["d1", "d2"]) done.push(await work(ctx, key, { durability: "deferred" }));
      done.push(await work(ctx, "c"));
      await ctx.sleep("rest", napMs(input, 2));
      done.push(await work(ctx, "d3", { durability: "deferred" }), await work(ctx, "e"));
      return { input, done };
    },
  });

/** Branches side by side that a join gathers. */
function branches(work: Work): AnyOf {
  const stage = <const Id extends string>(id: Id, naps: number) =>
    defineStage({
      id,
      schemas: {},
      async execute(ctx) {
        const done = [await work(ctx, "a")];
        for (let nap = 1; nap <= naps; nap++) {
          await ctx.sleep(`nap-${nap}`, napMs(naps, nap));
          done.push(await work(ctx, `after-${nap}`));
        }
        return { output: { done, got: ctx.input } };
      },
    });
  return new WorkflowBuilder("branches")
    .pipe(stage("begin", 0))
    .parallel([stage("left", 2), stage("middle", 0), stage("right", 1)])
    .pipe(stage("join", 0))
    .pipe(stage("end", 0))
    .build() as AnyOf;
}

/** Lanes over items, each of two steps, some deferred, with a sleep between them. */
const items = (work: Work): AnyOf =>
  defineWorkflow({
    id: "items",
    async run(ctx, input) {
      const list = [0, 1, 2, 3, 4, 5];
      const each = await ctx.map(
        list,
        async (item) => {
          const durability = item % 3 === 1 ? "deferred" : "committed";
          const fetched = await work(ctx, `fetch-${item}`, { durability });
          if (item % 2 === 0) await ctx.sleep(`nap-${item}`, napMs(input, item));
          const fails = item === 3 ? 1 : 0;
          return [fetched, await work(ctx, `store-${item}`, { fails, retry: FAST_RETRY })];
        },
        { concurrency: 3 },
      );
      return { input, each, last: await work(ctx, "last") };
    },
  });

/** Values that are too large for their rows. */
function large(work: Work): AnyOf {
  const make = defineStage({
    id: "make",
    schemas: {},
    async execute(ctx) {
      const text = await work(ctx, "text", { characters: LARGE_CHARACTERS });
      await ctx.sleep("nap", napMs(ctx.input, 3));
      return { output: { text: `${text}${await work(ctx, "tail")}` } };
    },
  });
  const measure = defineStage({
    id: "measure",
    schemas: {},
    async execute(ctx) {
      const { text } = ctx.input as { text: string };
      return { output: [await work(ctx, "look"), text.length, text.slice(-4)] };
    },
  });
  return new WorkflowBuilder("large").pipe(make).pipe(measure).build() as AnyOf;
}

/** Fails for good in its second step. */
const doomed = (work: Work): AnyOf =>
  defineWorkflow({
    id: "doomed",
    async run(ctx) {
      await work(ctx, "a");
      await work(ctx, "never", { fails: 3, retry: FAST_RETRY });
    },
  });

/** Its first attempt fails between two steps. */
const again = (work: Work): AnyOf =>
  defineWorkflow({
    id: "again",
    retry: { maxAttempts: 2, initialDelay: 30, jitter: 0 },
    async run(ctx, input) {
      const a = await work(ctx, "a");
      if (ctx.attempt === 1) throw new Error("the first attempt fails");
      if (ctx.attempt > 2) throw new TerminalError("two attempts were allowed");
      return { input, a, b: await work(ctx, "b"), attempt: ctx.attempt };
    },
  });

/** Long enough to be found in its middle by one kill of a few. */
const ONCE = { mode: "atMostOnce", lastsMs: 150 } as const;
const IN_DOUBT = { doubt: true };

/** Whether its second step took effect is left open when that can't be known. */
const onceCaught = (work: Work): AnyOf =>
  defineWorkflow({
    id: "onceCaught",
    async run(ctx, input) {
      await work(ctx, "a");
      const sent = await work(ctx, "once", ONCE).catch((error) => {
        if (error?.code === "E_STEP_IN_DOUBT") return IN_DOUBT;
        throw error;
      });
      return { input, sent, b: await work(ctx, "b") };
    },
  });

/** The same, leaving the doubt to an operator. */
const onceHeld = (work: Work): AnyOf =>
  defineWorkflow({
    id: "onceHeld",
    async run(ctx, input) {
      await work(ctx, "a");
      const sent = await work(ctx, "once", ONCE);
      return { input, sent, b: await work(ctx, "b") };
    },
  });
