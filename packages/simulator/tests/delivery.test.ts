import { expect, it } from "vitest";
import { randomWorkload } from "../src/seed/random-workload.ts";
import { runScenario, type Simulated } from "../src/seed/run-scenario.ts";
import { drawScenario, type Scenario } from "../src/seed/scenario.ts";

/** Of every five jobs three come twice to five times, late or in another order; 30 % never come. */
const ADVERSARY = {
  kind: "queue",
  drop: 0.3,
  double: 0.6,
  delay: 0.5,
  reorder: 0.6,
  forgetAck: 0.4,
} as const;

const runs = Number(process.env.MANY ?? 500);
/** As long as a run of 50,000 plays on one core. */
const timeout = 60_000 + 250 * runs;

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
  return { ...drawn, conditions, controls: [], faults: [ADVERSARY] };
}

async function play(seed: number): Promise<Simulated> {
  const scenario = scenarioOf(seed);
  return runScenario(scenario, randomWorkload(scenario.programs));
}

it(`${runs} runs end, every record once, whatever a queue loses, doubles, delays, reorders`, {
  timeout,
}, async () => {
  expect(runs).toBeGreaterThan(0);
  const found: string[] = [];
  let ended = 0;
  let struck = 0;
  for (let seed = 1; ended < runs && found.length === 0; seed++) {
    const { problems, hits, ...played } = await play(seed);
    ended += played.runs.filter(({ endedAt }) => endedAt !== null).length;
    struck += hits.queue ?? 0;
    found.push(...problems.map(({ check, message }) => `seed ${seed} ${check}: ${message}`));
    const open = played.runs.filter(({ endedAt, holds }) => endedAt === null && holds.length === 0);
    found.push(...open.map(({ id }) => `seed ${seed}: run ${id} has not ended`));
  }
  expect(found).toEqual([]);
  expect(struck).toBeGreaterThan(runs);
});
