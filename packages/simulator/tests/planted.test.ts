import { expect, it } from "vitest";
import { simulateSeed } from "../src/index.ts";
import { SIMULATED_BUGS } from "./planted/all.ts";
import { FIRST_SEEDS } from "./planted/first-seeds.ts";
import { search } from "./planted/search.ts";

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

it("names every bug once", () => {
  const names = SIMULATED_BUGS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(FIRST_SEEDS).toSorted()).toEqual(names.toSorted());
});
