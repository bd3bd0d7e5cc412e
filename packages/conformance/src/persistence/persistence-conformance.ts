import type { TestRunner } from "../runner.ts";
import { suiteOf } from "./bench.ts";
import { CASES } from "./cases.ts";
import type { PersistenceSubject } from "./subject.ts";

/**
 * Declares a case for every clause of the `Persistence` port with the given runner. Titles begin
 * with the clause; each case works on a store of its own.
 */
export function persistenceConformance(runner: TestRunner, subject: PersistenceSubject): void {
  const suite = suiteOf(runner, subject);
  runner.describe(`Persistence: ${subject.name}`, () => {
    for (const cases of CASES) cases(suite);
  });
}
