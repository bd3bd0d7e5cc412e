import type { Problem } from "../checks/problem.ts";
import { randomWorkload } from "./random-workload.ts";
import { reduceScenario, shrinkScenario } from "./reduce-scenario.ts";
import { runScenario, type Simulated, type SimulationOptions } from "./run-scenario.ts";
import { type Adapter, drawScenario, type Scenario, type ScenarioOptions } from "./scenario.ts";

export interface SeedOptions extends ScenarioOptions, SimulationOptions {
  /** Names of what is left out of what the seed says; see `reduceScenario`. */
  readonly without?: readonly string[];
}

/** Draws what a seed says and plays it. */
export function simulateSeed(seed: string, options: SeedOptions = {}): Promise<Simulated> {
  const scenario = reduceScenario(drawScenario(seed, options), new Set(options.without));
  return playRandom(scenario, options);
}

const playRandom = (scenario: Scenario, options: SimulationOptions): Promise<Simulated> =>
  runScenario(scenario, randomWorkload(scenario.programs), options);

/** A seed that found something, told in as little as possible. */
export interface Found {
  readonly seed: string;
  readonly adapter: Adapter;
  readonly problem: Problem;
  readonly without: readonly string[];
  /** One line that shows it again. */
  readonly repro: string;
}

/** Leaves out of a failing seed what does not matter to its first problem. */
export async function shrinkSeed(simulated: Simulated, options: SeedOptions = {}): Promise<Found> {
  const { seed } = simulated;
  const [problem] = simulated.problems;
  if (!problem) throw new Error(`Seed ${seed} found nothing.`);
  const { listen, ...quiet } = options;
  const fails = async (reduced: Scenario): Promise<boolean> => {
    const again = await playRandom(reduced, quiet);
    return again.problems[0]?.check === problem.check;
  };
  const { adapter = "memory" } = options;
  const without = [...(await shrinkScenario(drawScenario(seed, options), fails))];
  return { seed, adapter, problem, without, repro: reproOf(seed, adapter, without) };
}

function reproOf(seed: string, adapter: Adapter, without: readonly string[]): string {
  const more = without.length > 0 ? ` --without ${without.join()}` : "";
  return `pnpm sim --seed ${seed}${adapter === "memory" ? "" : ` --adapter ${adapter}`}${more}`;
}
