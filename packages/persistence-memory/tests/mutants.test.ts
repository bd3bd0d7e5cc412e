import { describe, expect, it } from "vitest";
import { createMemoryPersistence } from "../src/index.ts";
import { failingCase } from "./failing-case.ts";
import { memorySubject } from "./memory-subject.ts";
import { MUTANTS } from "./mutants/all.ts";
import { openMutant } from "./mutants/mutant.ts";

describe("the suite sees a broken adapter", () => {
  it.each(MUTANTS)("$clause: $name", async ({ clause, mutate }) => {
    const seen = await failingCase(clause, memorySubject(openMutant(mutate)), expect);
    expect(seen, `a case of ${clause} fails`).toBeDefined();
  });

  it.each([...new Set(MUTANTS.map(({ clause }) => clause))])(
    "%s: none in a whole one",
    async (clause) => {
      const seen = await failingCase(clause, memorySubject(createMemoryPersistence), expect);
      expect(seen).toBeUndefined();
    },
  );

  it("names every mutant once", () => {
    const names = MUTANTS.map(({ clause, name }) => `${clause}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
