import {
  type AnyWorkflow,
  type DurableContext,
  defineStage,
  defineWorkflow,
  WorkflowBuilder,
} from "@pawl/kernel";

export interface EnteredBody {
  readonly runId: string;
  /** `stage/key attempt` */
  readonly body: string;
}

export type Enter = (entered: EnteredBody) => void;

/** Inputs are whole numbers below: an outcome follows from workflow and input. */
export const INPUTS = 4;

const RETRY = { maxAttempts: 3, initialDelay: 30, jitter: 0 };

/** Workflows whose stages become claimable again and again: by sleeps, retries, joins, in a row. */
export function deliveredWorkflows(enter: Enter): readonly AnyWorkflow[] {
  const step = (ctx: DurableContext, key: string, fails = 0): Promise<string> =>
    ctx.step(
      key,
      ({ attempt }) => {
        enter({ runId: ctx.runId, body: `${ctx.stageId}/${key} ${attempt}` });
        if (attempt <= fails) throw new Error(`${key} fails at attempt ${attempt}`);
        return key;
      },
      { retry: RETRY },
    );
  const napMs = (input: unknown): number => 20 + 60 * Number(input);

  const naps = defineWorkflow({
    id: "naps",
    async run(ctx, input) {
      const done = [await step(ctx, "a")];
      await ctx.sleep("nap", napMs(input));
      done.push(await step(ctx, "b"));
      await ctx.sleep("rest", napMs(input));
      return [...done, await step(ctx, "c"), input];
    },
  });
  const flaky = defineWorkflow({
    id: "flaky",
    run: async (ctx, input) => [await step(ctx, "a"), await step(ctx, "flaky", 2), input],
  });
  const again = defineWorkflow({
    id: "again",
    retry: { maxAttempts: 2, initialDelay: 30, jitter: 0 },
    async run(ctx, input) {
      const a = await step(ctx, "a");
      if (ctx.attempt === 1) throw new Error("the first attempt fails");
      return [a, await step(ctx, "b"), input];
    },
  });
  const doomed = defineWorkflow({ id: "doomed", run: (ctx) => step(ctx, "never", 3) });
  const stage = <const Id extends string>(id: Id) =>
    defineStage({
      id,
      schemas: {},
      execute: async (ctx) => ({ output: [await step(ctx, "a"), await step(ctx, "b")] }),
    });
  const fan = new WorkflowBuilder("fan")
    .pipe(stage("begin"))
    .parallel([stage("left"), stage("right")])
    .pipe(stage("join"))
    .build();
  return [naps, flaky, again, doomed, fan];
}
