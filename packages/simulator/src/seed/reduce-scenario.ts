import type { Scenario } from "./scenario.ts";

/**
 * Leaves named things out of a scenario: `f2` a fault, `c0` a control, `s1` a start, `p0.1.2` the
 * third part of the second stage of the first program, and some conditions by their name. Names
 * count in the scenario as it was drawn, so any set of them can be left out.
 */
export function reduceScenario(scenario: Scenario, without: ReadonlySet<string>): Scenario {
  const kept =
    <T>(letter: string) =>
    (_: T, at: number): boolean =>
      !without.has(`${letter}${at}`);
  return {
    ...scenario,
    faults: scenario.faults.filter(kept("f")),
    controls: scenario.controls.filter(kept("c")),
    starts: scenario.starts.map((start, at) =>
      without.has(`s${at}`) ? { ...start, times: 0 } : start,
    ),
    programs: scenario.programs.map((program, p) => ({
      ...program,
      stages: program.stages.map((stage, s) => ({
        ...stage,
        parts: stage.parts.filter((_, part) => !without.has(`p${p}.${s}.${part}`)),
      })),
    })),
    conditions: {
      ...scenario.conditions,
      ...(without.has("latency") ? { latencyMs: 0 } : {}),
      ...(without.has("queue") ? { queue: false } : {}),
      ...(without.has("jobsonly") ? { jobsOnly: false } : {}),
      ...(without.has("sink") ? { sink: false } : {}),
      ...(without.has("limits") ? { limits: {} } : {}),
      ...(without.has("order") ? { order: "any" as const } : {}),
    },
  };
}

/** Names of all that can be left out, by sort: first those that tell most when they stay. */
export function reducibleNames(scenario: Scenario): readonly (readonly string[])[] {
  const numbered = (letter: string, items: readonly unknown[]) =>
    items.map((_, at) => `${letter}${at}`);
  const parts = scenario.programs.flatMap(({ stages }, p) =>
    stages.flatMap((stage, s) => stage.parts.map((_, part) => `p${p}.${s}.${part}`)),
  );
  return [
    numbered("f", scenario.faults),
    numbered("c", scenario.controls),
    numbered("s", scenario.starts),
    parts,
    ["latency", "queue", "jobsonly", "sink", "limits", "order"],
  ];
}

/** Leaves out as much as can be while it still fails; answers the names. */
export async function shrinkScenario(
  scenario: Scenario,
  fails: (reduced: Scenario) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  let without: ReadonlySet<string> = new Set();
  for (const names of reducibleNames(scenario)) {
    without = await bisect(names, without, (more) => fails(reduceScenario(scenario, more)));
  }
  return without;
}

/** Halves first, then smaller pieces, down to single names. */
async function bisect(
  names: readonly string[],
  without: ReadonlySet<string>,
  fails: (without: ReadonlySet<string>) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  let dropped = without;
  let left = names;
  for (let size = Math.ceil(names.length / 2); size >= 1; size = size > 1 ? size >> 1 : 0) {
    for (let at = 0; at < left.length; ) {
      const piece = left.slice(at, at + size);
      const more = new Set([...dropped, ...piece]);
      if (await fails(more)) {
        dropped = more;
        left = left.filter((name) => !piece.includes(name));
      } else at += size;
    }
  }
  return dropped;
}
