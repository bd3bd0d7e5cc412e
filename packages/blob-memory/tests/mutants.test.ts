import { createMemoryBlobStore } from "@pawl/blob-memory";
import { blobConformance, failedCases } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

describe("the suite catches a store that", () => {
  it.each(MUTANTS)(
    "$name ($clause)",
    async ({ name, clause, mutate }) => {
      const failed = await failedCases(expect, clause, (runner) =>
        blobConformance(runner, {
          name,
          create: async () => {
            const store = createMemoryBlobStore();
            return { store: { ...store, ...mutate(store) }, destroy: async () => {} };
          },
        }),
      );
      expect(failed).not.toEqual([]);
    },
    60_000,
  );
});
