import { failedCases, hostConformance } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./host-mutants.ts";
import { memoryHost } from "./memory-host.ts";

const CAUGHT = MUTANTS.flatMap(({ clauses, ...mutant }) =>
  clauses.map((clause) => ({ ...mutant, clause })),
);

describe("the suite catches a host that", () => {
  it.each(CAUGHT)("$name ($clause)", async ({ name, clause, ...change }) => {
    const create = (workflows: Parameters<typeof memoryHost>[0]) => memoryHost(workflows, change);
    const failed = await failedCases(expect, clause, (runner) =>
      hostConformance(runner, { name, create, patienceMs: 800 }),
    );
    expect(failed).not.toEqual([]);
  });
});
