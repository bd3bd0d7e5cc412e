import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { shrinkSeed, simulateSeed, type Tampering } from "../src/index.ts";
import { reduceScenario, reducibleNames, shrinkScenario } from "../src/seed/reduce-scenario.ts";
import { drawScenario, type Scenario } from "../src/seed/scenario.ts";

/** A store that doesn't look at who owns a stage. */
const withoutFences = (sound: Persistence): Persistence => {
  const careless = (plan: CommitPlan): CommitPlan => ({
    ...plan,
    guards: plan.guards.filter(({ kind }) => kind !== "stage"),
  });
  return {
    ...sound,
    commit: (plan) => sound.commit(careless(plan)),
    commitMany: (plans) => sound.commitMany(plans.map(careless)),
  };
};

const scenarioWith = (seed: string) => drawScenario(seed);

/** Seeds with a lot to leave out. */
const rich = (scenario: Scenario) => scenario.faults.length >= 4 && scenario.controls.length >= 2;
const RICH = Array.from({ length: 200 }, (_, i) => scenarioWith(`${i}`)).filter(rich);

it("leaves out all but the faults that a failure needs", async () => {
  for (const scenario of RICH.slice(0, 10)) {
    const needed = [scenario.faults[1], scenario.faults[3]];
    const without = await shrinkScenario(scenario, async ({ faults }) =>
      needed.every((fault) => fault !== undefined && faults.includes(fault)),
    );
    const { faults, controls, programs } = reduceScenario(scenario, without);
    expect(faults).toEqual(needed);
    expect(controls).toEqual([]);
    expect(programs.flatMap(({ stages }) => stages.flatMap(({ parts }) => parts))).toEqual([]);
  }
});

it("leaves out nothing of what a failure needs as a whole", async () => {
  for (const scenario of RICH.slice(0, 10)) {
    const all = JSON.stringify(scenario);
    const without = await shrinkScenario(scenario, async (one) => JSON.stringify(one) === all);
    expect(JSON.stringify(reduceScenario(scenario, without))).toBe(all);
  }
});

it("asks about few of the many ways to leave things out", async () => {
  for (const scenario of RICH.slice(0, 10)) {
    let asked = 0;
    await shrinkScenario(scenario, async () => ++asked > 0);
    expect(asked).toBeLessThan(reducibleNames(scenario).flat().length);
  }
});

it("finds a store without fences, and one line shows it again", { timeout: 60_000 }, async () => {
  const tampering: Tampering = { wrapStore: withoutFences };
  for (let seed = 1; seed <= 3_000; seed++) {
    const played = await simulateSeed(`${seed}`, { tampering });
    if (played.problems.length === 0) continue;
    const { problem, repro, without } = await shrinkSeed(played, { tampering });
    expect(repro).toMatch(new RegExp(`^pnpm sim --seed ${seed} --without [a-z0-9.,]+$`));
    const again = await simulateSeed(`${seed}`, { tampering, without });
    expect(again.problems[0]?.check).toBe(problem.check);
    expect((await simulateSeed(`${seed}`, { without })).problems).toEqual([]);
    return;
  }
  expect.unreachable("no seed found it");
});
