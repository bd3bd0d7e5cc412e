import { expect, it } from "vitest";
import { simulateSeed } from "../src/index.ts";

const hashesOf = async (seeds: readonly string[], adapter: "memory" | "sqlite") => {
  const hashes: string[] = [];
  for (const seed of seeds) hashes.push((await simulateSeed(seed, { adapter })).hash);
  return hashes;
};

it.each(["memory", "sqlite"] as const)(
  "the same seed plays the same again, whatever was played before: %s",
  { timeout: 60_000 },
  async (adapter) => {
    const seeds = Array.from({ length: 40 }, (_, i) => `${i + 1}`);
    const first = await hashesOf(seeds, adapter);
    const backwards = await hashesOf(seeds.toReversed(), adapter);
    expect(backwards.toReversed()).toEqual(first);
    expect(new Set(first).size).toBe(seeds.length);
  },
);
