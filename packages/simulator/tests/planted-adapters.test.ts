import { failedCases, persistenceConformance, transportConformance } from "@pawl/conformance";
import type { JobTransport, Persistence } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { ADAPTER_BUGS } from "./planted/adapters.ts";
import type { AdapterBug } from "./planted/planted-bug.ts";
import { storeWith, transportWith } from "./planted/subjects.ts";

/** Wrapped as the broken ones are, and whole. */
const whole = <T extends object>(sound: T): T => ({ ...sound });

async function failures(bug: AdapterBug, planted: boolean): Promise<readonly string[]> {
  const failed = await failedCases(expect, bug.clause, (runner) => {
    if ("plantInTransport" in bug) {
      const wrap = planted ? bug.plantInTransport : whole<JobTransport>;
      transportConformance(runner, transportWith(wrap));
    } else {
      const wrap = planted ? bug.plant().wrapStore : whole<Persistence>;
      persistenceConformance(runner, storeWith(wrap ?? whole));
    }
  });
  return failed.map(({ name }) => name);
}

it.each(ADAPTER_BUGS.map((bug) => [bug.clause, bug.name, bug] as const))(
  "%s finds it: %s",
  async (_clause, _name, bug) => {
    expect(await failures(bug, true), "a case fails").not.toEqual([]);
    expect(await failures(bug, false), "none does without it").toEqual([]);
  },
);
