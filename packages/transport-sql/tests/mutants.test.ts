import { failedCases, transportConformance } from "@pawl/conformance";
import { createSqlTransport } from "@pawl/transport-sql";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

describe("the suite catches a colocated transport that", () => {
  it.each(MUTANTS)("$name ($clause)", async ({ name, clause, mutate }) => {
    const failed = await failedCases(expect, clause, (runner) =>
      transportConformance(runner, {
        name,
        colocated: true,
        create: async () => {
          const transport = createSqlTransport();
          return {
            transport: { ...transport, ...mutate(transport) },
            clock: { now: () => 0, advance: async () => {} },
            destroy: async () => {},
          };
        },
      }),
    );
    expect(failed).not.toEqual([]);
  });
});
