import { expect, it } from "vitest";
import { simulateSeed } from "../src/index.ts";
import { SIMULATED_BUGS } from "./planted/all.ts";
import { FIRST_SEEDS } from "./planted/first-seeds.ts";
import { search } from "./planted/search.ts";
import {
  inKernel,
  inStore,
  inTwoCommits,
  onClaims,
  onCommits,
  onPlans,
  onResults,
} from "./planted/tampering.ts";

/** A change of the engine moves what a seed plays: then one nearby finds it. */
const SEEDS_FURTHER = 400;

it.each(SIMULATED_BUGS.map((bug) => [bug.name, bug] as const))(
  "seeds find it: %s",
  { timeout: 60_000 },
  async (name, bug) => {
    const from = FIRST_SEEDS[name];
    if (from === undefined) throw new Error("`pnpm prove:planted --write` finds its seed.");
    const found = await search(bug, { from, to: from + SEEDS_FURTHER });
    expect(found, "a seed finds it").toBeDefined();
    const sound = await simulateSeed(`${found?.seed}`);
    expect(sound.problems, "the engine without it passes the same seed").toEqual([]);
  },
);

const same = <T>(sound: T): T => sound;

it.each([
  ["plans in the store", inStore(onPlans(same))],
  ["plans in the kernel", inKernel(onPlans(same))],
  ["commits in the store", inStore(onCommits((plan, commit) => commit(plan)))],
  ["commits in the kernel", inKernel(inTwoCommits(() => undefined))],
  ["results", inKernel(onResults(same))],
  ["claims", inStore(onClaims(same))],
])("tampering that changes nothing is no bug: %s", { timeout: 60_000 }, async (_, plant) => {
  expect(await search({ plant }, { from: 1, to: 50 })).toBeUndefined();
});

it("names every bug once", () => {
  const names = SIMULATED_BUGS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(FIRST_SEEDS).toSorted()).toEqual(names.toSorted());
});
