import {
  type AnyWorkflow,
  type DurableContext,
  defineStage,
  defineWorkflow,
  type FailurePolicy,
  TerminalError,
  WorkflowBuilder,
} from "@pawl/kernel";

/**
 * One thing that a body does: record a step, sleep, throw at its first attempt only, throw at
 * every attempt, throw for good.
 */
export type Act = "step" | "sleep" | "flake" | "fail" | "ruin";

/** What each stage's body does, in order; the input of a run. */
export type Program = Readonly<Record<string, readonly Act[]>>;

export const SLEEP_MS = 20_000;
export const RETRY_MS = 10_000;
export const STAGE_ATTEMPTS = 2;
const RUN_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 30_000;

/** Programs by run: a join whose branches all failed gets no input that could tell it. */
export const PROGRAMS: Map<string, Program> = new Map();

/** What a stage says when it fails for good. */
export const failureOf = (stage: string): string => `failed in ${stage}`;

/** Does what the run's program says of this stage, and answers the program. */
async function obey(ctx: DurableContext): Promise<Program> {
  const program = PROGRAMS.get(ctx.runId) ?? {};
  for (const [i, act] of (program[ctx.stageId] ?? []).entries()) {
    if (act === "step") await ctx.step(`step ${i}`, () => i);
    if (act === "sleep") await ctx.sleep(`sleep ${i}`, SLEEP_MS);
    if (act === "flake" && ctx.attempt === 1) throw new Error("flaked");
    if (act === "fail") throw new Error(failureOf(ctx.stageId));
    if (act === "ruin") throw new TerminalError(failureOf(ctx.stageId));
  }
  return program;
}

const retry = { maxAttempts: STAGE_ATTEMPTS, initialDelay: RETRY_MS, factor: 1, jitter: 0 };

const fn = (id: string, limits: { runTimeout?: number; startTimeout?: number } = {}): AnyWorkflow =>
  defineWorkflow({ id, retry, ...limits, run: (ctx) => obey(ctx) });

const stageOf = (id: string, onFailure: FailurePolicy = "failRun", startTimeout?: number) =>
  defineStage({
    id,
    ...(startTimeout === undefined ? {} : { startTimeout }),
    schemas: {},
    retry,
    onFailure,
    execute: async (ctx) => ({ output: (await obey(ctx)) as never }),
  });

/** A stage of a shape, as its author would draw it. */
export interface Place {
  readonly id: string;
  readonly after: readonly string[];
  readonly onFailure: FailurePolicy;
  readonly startTimeoutMs?: number;
}

export interface Shape {
  readonly workflow: AnyWorkflow;
  readonly places: readonly Place[];
  readonly runTimeoutMs?: number;
  readonly startTimeoutMs?: number;
}

const place = (id: string, after: readonly string[] = [], onFailure: FailurePolicy = "failRun") =>
  ({ id, after, onFailure }) as const;

/** The workflows that sequences run, each with what its picture says; the first come oftener. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  solo: { workflow: fn("solo"), places: [place("main")] },
  pair: {
    workflow: new WorkflowBuilder("pair")
      .pipe(stageOf("a"))
      .pipe(stageOf("b", "failRun", START_TIMEOUT_MS))
      .build(),
    places: [place("a"), { ...place("b", ["a"]), startTimeoutMs: START_TIMEOUT_MS }],
  },
  fork: {
    workflow: new WorkflowBuilder("fork")
      .pipe(stageOf("a"))
      .parallel([stageOf("left", "stopBranch"), stageOf("right", "continue")])
      .pipe(stageOf("join"))
      .build(),
    places: [
      place("a"),
      place("left", ["a"], "stopBranch"),
      place("right", ["a"], "continue"),
      place("join", ["left", "right"]),
    ],
  },
  strict: {
    workflow: new WorkflowBuilder("strict")
      .parallel([stageOf("left"), stageOf("right", "stopBranch", START_TIMEOUT_MS)])
      .pipe(stageOf("join"))
      .build(),
    places: [
      place("left"),
      { ...place("right", [], "stopBranch"), startTimeoutMs: START_TIMEOUT_MS },
      place("join", ["left", "right"]),
    ],
  },
  sinks: {
    workflow: new WorkflowBuilder("sinks")
      .parallel([stageOf("left", "stopBranch"), stageOf("right", "continue")])
      .build(),
    places: [place("left", [], "stopBranch"), place("right", [], "continue")],
  },
  apart: {
    workflow: new WorkflowBuilder("apart")
      .stage(stageOf("a", "stopBranch"))
      .stage(stageOf("b"), { after: ["a"] })
      .stage(stageOf("x"))
      .build(),
    places: [place("a", [], "stopBranch"), place("b", ["a"]), place("x")],
  },
  limited: {
    workflow: fn("limited", { runTimeout: RUN_TIMEOUT_MS }),
    places: [place("main")],
    runTimeoutMs: RUN_TIMEOUT_MS,
  },
  hasty: {
    workflow: fn("hasty", { startTimeout: START_TIMEOUT_MS }),
    places: [place("main")],
    startTimeoutMs: START_TIMEOUT_MS,
  },
};

export const WORKFLOWS: readonly AnyWorkflow[] = Object.values(SHAPES).map((s) => s.workflow);
