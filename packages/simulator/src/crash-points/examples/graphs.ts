import { type AnyStage, defineStage, type StageOptions, WorkflowBuilder } from "@pawl/kernel";
import type { Behaviour, Bodies, Example } from "../example.ts";

interface Doing extends Pick<Behaviour, "fails" | "workMs">, StageOptions {
  /** Steps, one after the other. Default 1. */
  readonly steps?: number;
}

/** A stage that says where it was; behaviour is that of each of its steps. */
const stageOf = <const Id extends string>({ answers }: Bodies, id: Id, doing: Doing = {}) => {
  const { steps = 1, fails, workMs, ...options } = doing;
  const behaviour: Behaviour = {
    ...(fails === undefined ? {} : { fails }),
    ...(workMs === undefined ? {} : { workMs }),
  };
  return defineStage({
    id,
    schemas: {},
    ...options,
    execute: async (ctx) => {
      const said: string[] = [];
      const retry = { maxAttempts: 1 };
      for (let n = 1; n <= steps; n++) {
        said.push(await ctx.step(`${id}-${n}`, answers(`${id}${n}`, behaviour), { retry }));
      }
      const input = JSON.stringify(ctx.input ?? null);
      return { output: `${said.join("+")}(${input})` };
    },
  });
};

/** A graph without its types. */
interface Untyped {
  pipe(stage: AnyStage): Untyped;
  parallel(stages: readonly AnyStage[]): Untyped;
  stage(stage: AnyStage, options?: object): Untyped;
  build(): ReturnType<Example["workflow"]>;
}

const graph = (
  id: string,
  make: (builder: Untyped, stage: (id: string, doing?: Doing) => AnyStage) => Untyped,
  more: Partial<Example> = {},
): Example => ({
  id,
  input: "in",
  workflow: (bodies) =>
    make(new WorkflowBuilder(id) as unknown as Untyped, (name, doing) =>
      stageOf(bodies, name, doing),
    ).build(),
  ...more,
});

const pipe = graph("pipe", (builder, stage) =>
  builder
    .pipe(stage("a", { steps: 3 }))
    .pipe(stage("b", { steps: 3 }))
    .pipe(stage("c", { steps: 3 })),
);

const parallel = graph("parallel", (builder, stage) =>
  builder
    .pipe(stage("first"))
    .parallel([stage("left"), stage("middle", { workMs: 200 }), stage("right")])
    .pipe(stage("join")),
);

const diamond = graph("diamond", (builder, stage) =>
  builder
    .stage(stage("top"))
    .stage(stage("left", { workMs: 100 }), { after: ["top"] })
    .stage(stage("right"), { after: ["top"] })
    .stage(stage("bottom"), { after: ["left", "right"] }),
);

/** The slow ones are too slow to take part, wherever a process dies. */
const TOO_SLOW_MS = 30_000;

const joinAny = graph("join-any", (builder, stage) =>
  builder
    .stage(stage("quick"))
    .stage(stage("slow", { workMs: TOO_SLOW_MS }))
    .stage(stage("join"), { after: ["quick", "slow"], join: "any" }),
);

const atLeast = graph("at-least", (builder, stage) =>
  builder
    .stage(stage("one"))
    .stage(stage("two", { workMs: 100 }))
    .stage(stage("slow", { workMs: TOO_SLOW_MS }))
    .stage(stage("join"), { after: ["one", "two", "slow"], join: { atLeast: 2 } }),
);

const whenSkips = graph("when-skips", (builder, stage) =>
  builder
    .stage(stage("first"))
    .stage(stage("never"), { after: ["first"], when: () => false })
    .stage(stage("after-never"), { after: ["never"] })
    .stage(stage("taken"), { after: ["first"], when: () => true })
    .stage(stage("last"), { after: ["taken", "after-never"], join: "any" }),
);

const stopBranch = graph("stop-branch", (builder, stage) =>
  builder
    .stage(stage("first"))
    .stage(stage("fails", { fails: 9 }), { after: ["first"], onFailure: "stopBranch" })
    .stage(stage("not-reached"), { after: ["fails"] })
    .stage(stage("holds"), { after: ["first"] }),
);

const goesOn = graph("continue", (builder, stage) =>
  builder
    .stage(stage("first"))
    .stage(stage("fails", { fails: 9 }), { after: ["first"], onFailure: "continue" })
    .stage(stage("after-failure"), { after: ["fails"] }),
);

const stageRetry: Example = {
  id: "stage-retry",
  workflow: (bodies) => {
    const flaky = defineStage({
      id: "flaky",
      schemas: {},
      retry: { maxAttempts: 3, initialDelay: 100 },
      execute: async (ctx) => {
        const kept = await ctx.step("kept", bodies.answers("kept"));
        if (ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt}`);
        return { output: `${kept} at ${ctx.attempt}` };
      },
    });
    return new WorkflowBuilder("stage-retry").pipe(flaky).pipe(stageOf(bodies, "next")).build();
  },
};

const stageTimeout = graph(
  "stage-timeout",
  (builder, stage) =>
    builder
      .stage(stage("quick"))
      .stage(stage("hangs", { workMs: 3_600_000, timeout: 1_000 }), { after: ["quick"] }),
  { limits: { timeoutGraceMs: 100 } },
);

export const GRAPH_EXAMPLES: readonly Example[] = [
  pipe,
  parallel,
  diamond,
  { ...diamond, id: "diamond-by-queue", queue: true },
  joinAny,
  atLeast,
  whenSkips,
  stopBranch,
  goesOn,
  stageRetry,
  stageTimeout,
];
