import type { StageContext } from "../define/context.ts";
import type { AnyStage } from "../define/stage.ts";
import { EngineError } from "../errors/engine-error.ts";
import { cutText } from "../state/failure.ts";
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
    execution.bodyEnded = true;
    execution.pulse.beat();
  };
  const run = async () =>
    outputOf(stage, await stage.execute(context as StageContext<never, never, never>));
  run().then(
    (output) => end({ type: "returned", output }),
    (error: unknown) => end({ type: "threw", error }),
  );
  return state;
}

/** What a body returned is untrusted: its types are not checked where it runs. */
function outputOf(stage: AnyStage, result: unknown): unknown {
  if (typeof result === "object" && result !== null && "output" in result) return result.output;
  throw new EngineError(
    "E_OUTPUT_INVALID",
    `Stage "${stage.id}" returned ${describe(result)}; return an object with output, as in ` +
      "{ output: value }.",
    { details: { stageId: stage.id } },
  );
}

const describe = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? "an object without output"
    : cutText(String(value), 100);
