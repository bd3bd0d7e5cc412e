import {
  type AnyStage,
  type AnyWorkflow,
  defineStage,
  defineWorkflow,
  WorkflowBuilder,
} from "@pawl/kernel";
import type { Program, StageProgram } from "./program.ts";
import { runStageProgram, type Witness } from "./stage-body.ts";

/** The builder without its types, which a random graph can't have. */
interface Untyped {
  pipe(stage: AnyStage): Untyped;
  parallel(stages: readonly AnyStage[]): Untyped;
  stage(stage: AnyStage, options: object): Untyped;
  build(): AnyWorkflow;
}

/** The program as an author would have written it. */
export function workflowOf(program: Program, witness: Witness): AnyWorkflow {
  const { id, shape, runTimeoutMs, startTimeoutMs, stages } = program;
  const options = {
    ...(runTimeoutMs === undefined ? {} : { runTimeout: runTimeoutMs }),
    ...(startTimeoutMs === undefined ? {} : { startTimeout: startTimeoutMs }),
  };
  const [main] = stages;
  if (shape === "function" && main) {
    return defineWorkflow({
      id,
      ...options,
      ...optionsOf(main),
      run: (ctx) => runStageProgram(main, ctx, witness),
    });
  }
  const builder = new WorkflowBuilder(id, options) as unknown as Untyped;
  const build = shape === "chain" ? chained : placed;
  return build(builder, stages, (stage) => stageOf(stage, witness)).build();
}

const optionsOf = ({ maxAttempts, delayMs, timeoutMs, onFailure }: StageProgram) => ({
  retry: { maxAttempts, initialDelay: delayMs },
  onFailure,
  ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
});

const stageOf = (stage: StageProgram, witness: Witness): AnyStage =>
  defineStage({
    id: stage.id,
    schemas: {},
    ...optionsOf(stage),
    execute: async (ctx) => ({ output: await runStageProgram(stage, ctx as never, witness) }),
  });

type Define = (stage: StageProgram) => AnyStage;

function chained(builder: Untyped, stages: readonly StageProgram[], define: Define): Untyped {
  const levels = new Map<string, StageProgram[]>();
  for (const stage of stages) {
    const level = stage.after.join();
    levels.set(level, [...(levels.get(level) ?? []), stage]);
  }
  let built = builder;
  for (const level of levels.values()) {
    const [first] = level;
    built =
      level.length === 1 && first
        ? built.pipe(define(first))
        : built.parallel(level.map((stage) => define(stage)));
  }
  return built;
}

function placed(builder: Untyped, stages: readonly StageProgram[], define: Define): Untyped {
  return stages.reduce((built, stage) => {
    const { after, join, when, onFailure } = stage;
    const condition = when === undefined ? {} : { when: () => when };
    return built.stage(define(stage), { after, join, onFailure, ...condition });
  }, builder);
}
