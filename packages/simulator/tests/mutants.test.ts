import { expect, it } from "vitest";
import { simulateSeed } from "../src/index.ts";
import { MUTANTS } from "./mutants.ts";

const SEEDS_MAX = 600;

it.each(Object.entries(MUTANTS))("finds %s", { timeout: 60_000 }, async (_, tampering) => {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { problems } = await simulateSeed(`${seed}`, { tampering });
    if (problems.length > 0) return;
  }
  expect.unreachable(`${SEEDS_MAX} seeds did not find it`);
});
