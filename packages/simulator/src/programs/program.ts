import type { Prng } from "../world/prng.ts";
import type { Drawing, Part } from "./construct.ts";
import { CONSTRUCTS, constructOf } from "./constructs/all-constructs.ts";

/** A stage of a random workflow. */
export interface StageProgram {
  readonly id: string;
  readonly after: readonly string[];
  readonly join: "all" | "any" | { readonly atLeast: number };
  /** What its condition answers; it has none when undefined. */
  readonly when: boolean | undefined;
  readonly onFailure: "failRun" | "stopBranch" | "continue";
  /** Attempts of the stage that throw, before its parts or after them. */
  readonly fails: number;
  readonly failsAt: "start" | "end";
  readonly maxAttempts: number;
  readonly delayMs: number;
  /** Of one execution; it may or may not suffice. */
  readonly timeoutMs: number | undefined;
  /** Length of its output beyond what it says. */
  readonly size: number;
  readonly parts: readonly Part[];
}

/** A random workflow, as plain data. */
export interface Program {
  readonly id: string;
  /** Written as one function, as a chain with `pipe` and `parallel`, or with `stage`. */
  readonly shape: "function" | "chain" | "graph";
  readonly runTimeoutMs: number | undefined;
  readonly startTimeoutMs: number | undefined;
  readonly stages: readonly StageProgram[];
}

const DEPTH_MAX = 2;

export function drawProgram(chance: Prng, id: string): Program {
  const shape = chance.weighted({ function: 4, chain: 2, graph: 4 });
  const runTimeoutMs = chance.chance(0.05) ? chance.int(1_000, 40_000) : undefined;
  const startTimeoutMs = chance.chance(0.05) ? chance.int(1, 8_000) : undefined;
  const drawing = drawingOf(chance);
  const stages = shape === "function" ? [mainStage(drawing)] : DRAW_STAGES[shape](drawing);
  return { id, shape, runTimeoutMs, startTimeoutMs, stages };
}

function drawingOf(chance: Prng): Drawing {
  let keys = 0;
  const at = (depth: number): Drawing => {
    const part = (): Part => drawPart(at(depth + 1), depth);
    return {
      chance,
      newKey: () => `k${++keys}`,
      part,
      parts: (least, most) => Array.from({ length: chance.int(least, most) }, part),
    };
  };
  return at(0);
}

function drawPart(drawing: Drawing, depth: number): Part {
  const { chance } = drawing;
  const allowed = [...CONSTRUCTS.values()].filter(({ nests }) => !nests || depth < DEPTH_MAX);
  const weights = Object.fromEntries(allowed.map(({ type, weight }) => [type, weight]));
  return constructOf({ type: chance.weighted(weights), key: "" }).draw(drawing);
}

const stageOf = (
  drawing: Drawing,
  more: Pick<StageProgram, "id" | "after"> & Partial<StageProgram>,
): StageProgram => {
  const { chance } = drawing;
  const fails = chance.chance(0.2) ? chance.int(1, 3) : 0;
  return {
    join: "all",
    when: undefined,
    onFailure: chance.weighted({ failRun: 3, stopBranch: 1, continue: 1 }),
    fails,
    failsAt: chance.pick(["start", "end"] as const),
    maxAttempts: fails > 0 || chance.chance(0.3) ? chance.int(1, 4) : 1,
    delayMs: chance.pick([0, 10, 500, 4_000]),
    timeoutMs: chance.chance(0.05) ? chance.int(1, 4_000) : undefined,
    size: chance.chance(0.15) ? chance.int(200, 2_000) : 0,
    parts: drawing.parts(0, 3),
    ...more,
  };
};

const mainStage = (drawing: Drawing): StageProgram =>
  stageOf(drawing, { id: "main", after: [], parts: drawing.parts(1, 6) });

const DRAW_STAGES = {
  /** One or several side by side, after one or several side by side. */
  chain: (drawing: Drawing): readonly StageProgram[] => {
    const { chance } = drawing;
    const stages: StageProgram[] = [];
    let before: readonly string[] = [];
    for (let level = chance.int(2, 3); level > 0; level--) {
      const wide = before.length === 1 && chance.chance(0.5) ? chance.int(2, 3) : 1;
      const added = Array.from({ length: wide }, (_, i) =>
        stageOf(drawing, { id: `s${stages.length + i}`, after: before }),
      );
      stages.push(...added);
      before = added.map(({ id }) => id);
    }
    return stages;
  },
  graph: (drawing: Drawing): readonly StageProgram[] => {
    const { chance } = drawing;
    const stages: StageProgram[] = [];
    for (let count = chance.int(2, 6); count > 0; count--) {
      const after = stages.filter(() => chance.chance(0.45)).map(({ id }) => id);
      stages.push(
        stageOf(drawing, {
          id: `s${stages.length}`,
          after,
          join: drawJoin(chance, after.length),
          when: after.length > 0 && chance.chance(0.2) ? chance.chance(0.6) : undefined,
        }),
      );
    }
    return stages;
  },
};

function drawJoin(chance: Prng, width: number): StageProgram["join"] {
  if (width < 2 || chance.chance(0.5)) return "all";
  return chance.chance(0.5) ? "any" : { atLeast: chance.int(1, width) };
}
