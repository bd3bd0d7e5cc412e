import {
  inSequence,
  type Model,
  OUTCOMES_MAX,
  type Outcomes,
  type Part,
  TooManyOutcomes,
} from "./construct.ts";
import { constructOf } from "./constructs/all-constructs.ts";
import type { Program, StageProgram } from "./program.ts";
import { inputText, outputOf } from "./stage-body.ts";

/** How a stage came out: its output, the name of its error, or not at all. */
type End = { readonly output: string } | { readonly error: string } | "skipped";

/**
 * Everything that a run of the program may come to when nobody stops it: `completed` with the text
 * of its output, or `failed` with the name of its error. Undefined when that is too much to tell.
 */
export function outcomesOfProgram(
  program: Program,
  input: string,
  faulty: boolean,
): ReadonlySet<string> | undefined {
  try {
    const bodies = program.stages.map((stage) => bodyOutcomes(stage, faulty));
    const found = new Set<string>();
    walk(program, { bodies, input, found }, new Map());
    if (program.runTimeoutMs !== undefined) found.add("failed RunTimeoutError");
    if (program.startTimeoutMs !== undefined) found.add("cancelled ");
    return found;
  } catch (error) {
    if (error instanceof TooManyOutcomes) return undefined;
    throw error;
  }
}

/** What the parts of a stage may come to, as the values in a row or an error. */
function bodyOutcomes(stage: StageProgram, faulty: boolean): readonly (readonly string[])[] {
  const model = modelOf(faulty, "");
  const parts = [
    ...inSequence(stage.parts.map((part) => model.of(part))),
    ...(stage.timeoutMs === undefined ? [] : [["!StageTimeoutError"]]),
  ];
  if (stage.fails < stage.maxAttempts) return parts;
  const failed = ["!StageFailed"];
  if (stage.failsAt === "start") return [failed];
  return [failed, ...parts.filter((way) => way.at(-1)?.startsWith("!"))];
}

const modelOf = (faulty: boolean, suffix: string): Model => ({
  faulty,
  suffix,
  of: (part: Part, more = ""): Outcomes =>
    constructOf(part).outcomes(part, modelOf(faulty, suffix + more)),
});

interface Walk {
  readonly bodies: readonly (readonly (readonly string[])[])[];
  readonly input: string;
  readonly found: Set<string>;
}

/** Takes the stages in order of definition, which is one of their dependencies. */
function walk(program: Program, walking: Walk, ends: ReadonlyMap<string, End>): void {
  const stage = program.stages[ends.size];
  if (!stage) {
    conclude(program, walking.found, ends);
    return;
  }
  if (isSkipped(program, stage, ends)) {
    walk(program, walking, new Map([...ends, [stage.id, "skipped"]]));
    return;
  }
  const input = inputText(stage, inputOf(stage, walking.input, ends));
  for (const way of walking.bodies[ends.size] ?? []) {
    const last = way.at(-1);
    const end: End = last?.startsWith("!")
      ? { error: last.slice(1) }
      : {
          output: outputOf(
            stage,
            input,
            way.map((value) => value.slice(1)),
          ),
        };
    walk(program, walking, new Map([...ends, [stage.id, end]]));
    if (walking.found.size > OUTCOMES_MAX) throw new TooManyOutcomes();
  }
}

const isFailed = (end: End | undefined): end is { readonly error: string } =>
  typeof end === "object" && "error" in end;

/** Counts for a join. */
function isOk(program: Program, id: string, ends: ReadonlyMap<string, End>): boolean {
  const end = ends.get(id);
  if (end === undefined || end === "skipped") return false;
  const policy = program.stages.find((stage) => stage.id === id)?.onFailure;
  return !isFailed(end) || policy === "continue";
}

function isSkipped(
  program: Program,
  { after, join, when }: StageProgram,
  ends: ReadonlyMap<string, End>,
): boolean {
  if (after.length === 0) return false;
  const ok = after.filter((id) => isOk(program, id, ends)).length;
  return when === false || ok < (typeof join === "object" ? join.atLeast : 1);
}

function inputOf(stage: StageProgram, input: string, ends: ReadonlyMap<string, End>): unknown {
  if (stage.after.length === 0) return input;
  const outputs = stage.after.flatMap((id) => {
    const end = ends.get(id);
    return typeof end === "object" && "output" in end ? [[id, end.output] as const] : [];
  });
  return stage.after.length > 1 ? Object.fromEntries(outputs) : outputs[0]?.[1];
}

/** How the run ends when its stages came out like this. */
function conclude({ stages }: Program, found: Set<string>, ends: ReadonlyMap<string, End>): void {
  const fatal = stages.flatMap(({ id, onFailure }) => {
    const end = ends.get(id);
    return isFailed(end) && onFailure === "failRun" ? [end.error] : [];
  });
  for (const error of fatal) found.add(`failed ${error}`);
  const early = stages.some(({ join }) => join !== "all");
  if (fatal.length > 0 && !early) return;
  for (const text of textsOf(stages, ends)) found.add(text);
}

function textsOf(
  stages: readonly StageProgram[],
  ends: ReadonlyMap<string, End>,
): readonly string[] {
  const sinks = stages.filter(({ id }) => !stages.some(({ after }) => after.includes(id)));
  const isGood = ({ id, onFailure }: StageProgram): boolean => {
    const end = ends.get(id);
    return end !== "skipped" && (!isFailed(end) || onFailure === "continue");
  };
  if (!sinks.some(isGood)) {
    const failed = stages.map(({ id }) => ends.get(id)).filter(isFailed);
    const early = stages.some(({ join }) => join !== "all");
    return [
      ...failed.map(({ error }) => `failed ${error}`),
      ...(early || failed.length === 0 ? ["completed "] : []),
    ];
  }
  const outputs = sinks.flatMap(({ id }) => {
    const end = ends.get(id);
    return typeof end === "object" && "output" in end ? [[id, end.output] as const] : [];
  });
  if (sinks.length > 1) return [`completed ${runText(Object.fromEntries(outputs))}`];
  return [`completed ${runText(outputs[0]?.[1])}`];
}

/** A run's output as text that is the same for the same output. */
export function runText(output: unknown): string {
  if (typeof output !== "object" || output === null) return String(output ?? "");
  const entries = Object.entries(output).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([id, value]) => `${id}:${value}`).join();
}
