import type { StageContext } from "../define/context.ts";
import type { AnyStage } from "../define/stage.ts";
import type { Execution } from "./execution.ts";

export type BodyEnd =
  | { readonly type: "returned"; readonly output: unknown }
  | { readonly type: "threw"; readonly error: unknown };

/** How far user code has come. */
export interface BodyState {
  ended: BodyEnd | undefined;
}

/** Calls user code once; its end is noted, never thrown. */
export function startBody(
  execution: Execution,
  stage: AnyStage,
  context: StageContext<unknown, unknown>,
): BodyState {
  const state: BodyState = { ended: undefined };
  const end = (ended: BodyEnd) => {
    state.ended = ended;
    execution.pulse.beat();
  };
  const run = async () => stage.execute(context as StageContext<never, never, never>);
  run().then(
    (result) =>
      end({ type: "returned", output: (result as { output?: unknown } | undefined)?.output }),
    (error: unknown) => end({ type: "threw", error }),
  );
  return state;
}
