import { expect, it } from "vitest";
import { playInMemory } from "./delivery/play-in-memory.ts";

const RUNS = 500;

it(`${RUNS} runs end, every record once, whatever a queue loses, doubles, delays, reorders`, {
  timeout: 120_000,
}, async () => {
  const found: string[] = [];
  let [ended, struck] = [0, 0];
  for (let seed = 1; ended < RUNS && found.length === 0; seed++) {
    const played = await playInMemory(seed);
    ended += played.runs;
    struck += played.struck;
    found.push(...played.problems.map((problem) => `seed ${seed} ${problem}`));
  }
  expect(found).toEqual([]);
  expect(struck).toBeGreaterThan(RUNS);
});
