import type { StageContext } from "@pawl/kernel";
import type { Sight } from "../checks/sightings.ts";
import { type Body, type Part, type StepBodyFacts, shortText } from "./construct.ts";
import { constructOf } from "./constructs/all-constructs.ts";
import type { StageProgram } from "./program.ts";

/** What a stage's body tells the world outside the store. */
export interface Witness {
  /** An execution of this attempt of a stage begins. */
  began(stage: string): Sight;
  entered(ctx: StageContext<unknown, unknown>, facts: StepBodyFacts): void;
  threw(facts: StepBodyFacts): void;
  work(ms: number): Promise<void>;
}

class StageFailed extends Error {
  override name = "StageFailed";
}

/** Runs the parts of a stage one after the other; its output tells all that they came to. */
export async function runStageProgram(
  stage: StageProgram,
  ctx: StageContext<unknown, unknown>,
  witness: Witness,
): Promise<string> {
  const sight = witness.began(`${ctx.idempotencyKey} attempt ${ctx.attempt}`);
  const fails = ctx.attempt <= stage.fails;
  if (fails && stage.failsAt === "start") throw new StageFailed(stage.id);
  const values: string[] = [];
  for (const part of stage.parts) values.push(await run(ctx, { sight, witness }, part, ""));
  if (fails) throw new StageFailed(stage.id);
  return outputOf(stage, inputText(stage, ctx.input), values);
}

/** The output of a stage with this input whose parts came to these values. */
export const outputOf = (stage: StageProgram, input: string, values: readonly string[]): string =>
  shortText(`${stage.id}(${input})[${values.join()}]`).padEnd(stage.size, "·");

/** Outputs that arrive in no certain number are only counted. */
export function inputText(stage: StageProgram, input: unknown): string {
  if (typeof input !== "object" || input === null) return shortText(String(input ?? ""));
  if (stage.join !== "all") return "some";
  const entries = Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
  return shortText(entries.map(([id, output]) => `${id}:${output}`).join());
}

interface Watched {
  readonly sight: Sight;
  readonly witness: Witness;
}

function run(
  ctx: StageContext<unknown, unknown>,
  watched: Watched,
  part: Part,
  suffix: string,
): Promise<string> {
  const { sight, witness } = watched;
  const body: Body = {
    ctx,
    suffix,
    run: (member, more = "") => run(ctx, watched, member, suffix + more),
    seen: () => sight.length,
    saw: (text, how) => void sight.push({ text, ...how }),
    entered: (facts) => witness.entered(ctx, facts),
    threw: (facts) => witness.threw(facts),
    work: (ms) => witness.work(ms),
  };
  return constructOf(part).run(part, body);
}
