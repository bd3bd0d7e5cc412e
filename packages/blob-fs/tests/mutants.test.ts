import { blobConformance, failedCases } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { dieInPut } from "./die-in-put.ts";
import { MUTANTS } from "./mutants.ts";
import { newDirectory } from "./new-directory.ts";

describe("the suite catches a store that", () => {
  it.each(MUTANTS)(
    "$name ($clause)",
    async ({ name, clause, mutate }) => {
      const failed = await failedCases(expect, clause, (runner) =>
        blobConformance(runner, {
          name,
          durable: true,
          create: async () => {
            const { directory, remove } = await newDirectory();
            return {
              store: mutate(directory),
              destroy: remove,
              reopen: async () => mutate(directory),
              dieInPut: (key) => dieInPut(directory, key),
            };
          },
        }),
      );
      expect(failed).not.toEqual([]);
    },
    60_000,
  );
});
