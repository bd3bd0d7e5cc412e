import { randomWorkload } from "../../src/seed/random-workload.ts";
import { runScenario } from "../../src/seed/run-scenario.ts";
import { drawScenario, type Scenario } from "../../src/seed/scenario.ts";
import { SHARES } from "./adversary.ts";

export interface MemoryPlayed {
  readonly problems: readonly string[];
  /** Those that have ended. */
  readonly runs: number;
  readonly bodies: number;
  /** Jobs that the adversary lost, doubled, delayed or reordered. */
  readonly struck: number;
}

/** What the seed says, by a queue from which hosts take all that they do, sound in all else. */
function scenarioOf(seed: number): Scenario {
  const drawn = drawScenario(`delivery/${seed}`);
  const conditions = {
    ...drawn.conditions,
    queue: true,
    jobsOnly: true,
    // The adversary is at work until every run has ended.
    healAtMs: 24 * 3_600_000,
  };
  return { ...drawn, conditions, controls: [], faults: [{ kind: "queue", ...SHARES }] };
}

/** Plays what a seed says in virtual time. */
export async function playInMemory(seed: number): Promise<MemoryPlayed> {
  const scenario = scenarioOf(seed);
  const { problems, runs, hits, bodies } = await runScenario(
    scenario,
    randomWorkload(scenario.programs),
  );
  const open = runs.filter(({ endedAt, holds }) => endedAt === null && holds.length === 0);
  return {
    problems: [
      ...problems.map(({ check, message }) => `${check}: ${message}`),
      ...open.map(({ id }) => `run ${id} has not ended`),
    ],
    runs: runs.filter(({ endedAt }) => endedAt !== null).length,
    bodies,
    struck: hits.queue ?? 0,
  };
}
