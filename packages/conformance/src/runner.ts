/** What a suite needs of a test runner; vitest, jest and bun have it as it stands. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
  readonly expect: Expect;
}

export type Expect = (actual: unknown, message?: string) => Matchers;

/** The few comparisons that the suites use. */
export interface Matchers {
  readonly toBe: (expected: unknown) => unknown;
  readonly toEqual: (expected: unknown) => unknown;
  readonly toMatchObject: (expected: object) => unknown;
}
