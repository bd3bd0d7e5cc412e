import type { Expect, TestRunner } from "./runner.ts";

/** A case of a suite that did not hold. */
export interface FailedCase {
  /** Titles of the groups around it and its own, joined by " > ". */
  readonly name: string;
  readonly error: unknown;
}

/**
 * Runs the cases of a suite whose title names the clause, one after the other, and answers those
 * that failed: with a broken adapter, the proof that the suite sees the fault.
 */
export async function failedCases(
  expect: Expect,
  clause: string,
  suite: (runner: TestRunner) => void,
): Promise<readonly FailedCase[]> {
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const groups: string[] = [];
  const describe = (name: string, body: () => void): void => {
    groups.push(name);
    body();
    groups.pop();
  };
  const it = (name: string, body: () => Promise<void>): void => {
    const named = name.split(" ").includes(clause);
    if (named) cases.push({ name: [...groups, name].join(" > "), body });
  };
  suite({ describe, it, expect });
  const failed: FailedCase[] = [];
  for (const { name, body } of cases) {
    await body().catch((error: unknown) => failed.push({ name, error }));
  }
  return failed;
}
