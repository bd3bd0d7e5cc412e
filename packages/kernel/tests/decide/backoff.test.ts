import { RetryableError, type RetryOptions, TerminalError } from "@pawl/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextAttempt } from "../../src/decide/backoff.ts";
import { DEFAULT_STEP_RETRY, retryPolicy } from "../../src/define/retry-policy.ts";
import { toFailure } from "../../src/state/failure.ts";

interface Tried {
  readonly error?: unknown;
  readonly attempt?: number;
  /** 0.5 is the middle of the jitter band. */
  readonly random?: number;
}

const verdict = (options: RetryOptions, { error, attempt = 1, random = 0.5 }: Tried = {}) => {
  const thrown = error ?? new Error("boom");
  const policy = retryPolicy(options, DEFAULT_STEP_RETRY, "retry");
  return nextAttempt(policy, { failure: toFailure(thrown), error: thrown, attempt, random });
};

const delays = (options: RetryOptions, attempts: number, random?: number) =>
  Array.from({ length: attempts }, (_, i) =>
    verdict({ maxAttempts: 1_000, ...options }, { attempt: i + 1, random: random ?? 0.5 }),
  ).map((answer) => ("retryInMs" in answer ? answer.retryInMs : answer.giveUp));

class Denied extends Error {
  override readonly name: string = "Denied";
  readonly code: string = "E_DENIED";
}

describe("delays [53]", () => {
  it("grow by factor from the initial delay up to the cap", () => {
    const options = { initialDelay: "100 ms", factor: 3, maxDelay: "5 s", jitter: 0 };
    expect(delays(options, 6)).toEqual([100, 300, 900, 2_700, 5_000, 5_000]);
  });

  it("stay equal with factor 1 and are none with an initial delay of 0", () => {
    expect(delays({ initialDelay: 70, factor: 1, jitter: 0 }, 3)).toEqual([70, 70, 70]);
    expect(delays({ initialDelay: 0, factor: 10, jitter: 1 }, 3)).toEqual([0, 0, 0]);
  });

  it.each([
    [0, [80, 160, 320]],
    [0.25, [90, 180, 360]],
    [0.5, [100, 200, 400]],
    [0.75, [110, 220, 440]],
  ])("with chance %d lie exactly where jitter 0.2 puts them", (random, expected) => {
    const options = { initialDelay: 100, factor: 2, maxDelay: 10_000, jitter: 0.2 };
    expect(delays(options, 3, random)).toEqual(expected);
  });

  it("are by default 0.5 s, 1 s in the middle of the band, for three attempts in all", () => {
    const answers = [1, 2, 3].map((attempt) => verdict({}, { attempt }));
    expect(answers).toEqual([{ retryInMs: 500 }, { retryInMs: 1_000 }, { giveUp: "exhausted" }]);
  });

  it("never leave the jitter band, never pass the cap and are whole milliseconds", () => {
    const options = fc.record({
      initialDelay: fc.double({ min: 0, max: 1e7, noNaN: true }),
      factor: fc.double({ min: 1, max: 1e3, noNaN: true }),
      maxDelay: fc.integer({ min: 0, max: 1e9 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const attempts = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(options, chance, attempts, (given, random, attempt) => {
        const infinite = { ...given, maxAttempts: Number.POSITIVE_INFINITY };
        const answer = verdict(infinite, { attempt, random });
        if (!("retryInMs" in answer)) throw new Error("gave up");
        const { initialDelay, factor, maxDelay, jitter } = given;
        const growth = initialDelay === 0 ? 0 : initialDelay * factor ** (attempt - 1);
        const middle = Math.min(growth, maxDelay);
        expect(Number.isInteger(answer.retryInMs)).toBe(true);
        expect(answer.retryInMs).toBeLessThanOrEqual(maxDelay);
        expect(answer.retryInMs).toBeGreaterThanOrEqual(Math.floor(middle * (1 - jitter)));
        expect(answer.retryInMs).toBeLessThanOrEqual(Math.ceil(middle * (1 + jitter)));
      }),
    );
  });
});

describe("the number of attempts [53]", () => {
  it.each([1, 2, 5])("maxAttempts %d means so many in all", (maxAttempts) => {
    const options = { maxAttempts };
    expect(verdict(options, { attempt: maxAttempts })).toEqual({ giveUp: "exhausted" });
    if (maxAttempts > 1) {
      expect(verdict(options, { attempt: maxAttempts - 1 })).toHaveProperty("retryInMs");
    }
  });

  it("Infinity never gives up, and its delays stay real ones", () => {
    const options = { maxAttempts: Number.POSITIVE_INFINITY, maxDelay: "1 h", jitter: 0 };
    expect(verdict(options, { attempt: 1_000_000 })).toEqual({ retryInMs: 3_600_000 });
    const eager = { ...options, initialDelay: 0 };
    expect(verdict(eager, { attempt: 1_000_000 })).toEqual({ retryInMs: 0 });
  });
});

describe("what is not tried again [54, 57]", () => {
  const denied = { error: new Denied("no") };

  it("a denied error by class, by name, by code", () => {
    for (const match of [Denied, "Denied", "E_DENIED"]) {
      expect(verdict({ abortOn: [match] }, denied)).toEqual({ giveUp: "notRetryable" });
      expect(verdict({ abortOn: [match] })).toHaveProperty("retryInMs");
    }
  });

  it("a denied error even if it is also allowed", () => {
    const both = { retryOn: [Denied], abortOn: [Denied] };
    expect(verdict(both, denied)).toEqual({ giveUp: "notRetryable" });
  });

  it("with retryOn, everything else, and nothing when the list is empty", () => {
    expect(verdict({ retryOn: [Denied] }, denied)).toHaveProperty("retryInMs");
    expect(verdict({ retryOn: [Denied] })).toEqual({ giveUp: "notRetryable" });
    expect(verdict({ retryOn: [] }, denied)).toEqual({ giveUp: "notRetryable" });
  });

  it("an error whose cause is denied, however it was wrapped", () => {
    const wrapped = new Error("outer", { cause: new Error("middle", { cause: new Denied("no") }) });
    expect(verdict({ abortOn: [Denied] }, { error: wrapped })).toEqual({ giveUp: "notRetryable" });
  });

  it("a chain of causes that bites its own tail is looked through and comes to an end", () => {
    const circular = new Error("a");
    circular.cause = circular;
    expect(verdict({ abortOn: [Denied] }, { error: circular })).toHaveProperty("retryInMs");
  });

  it("a TerminalError, whatever the policy says", () => {
    const policy = { maxAttempts: Number.POSITIVE_INFINITY, retryOn: [TerminalError] };
    const error = new TerminalError("never again");
    expect(verdict(policy, { error })).toEqual({ giveUp: "permanent" });
  });

  it("values that are no errors follow the same rules", () => {
    for (const error of ["text", 7, { any: "thing" }, Symbol("s")]) {
      expect(verdict({}, { error })).toHaveProperty("retryInMs");
      expect(verdict({ retryOn: [Denied] }, { error })).toEqual({ giveUp: "notRetryable" });
    }
  });
});

describe("a delay that the failing side named [55]", () => {
  const after = (retryAfterMs: number) => ({
    error: new RetryableError("busy", { retryAfterMs }),
    random: 0.9,
  });

  it("replaces the policy's, without jitter", () => {
    expect(verdict({}, after(7_777))).toEqual({ retryInMs: 7_777 });
    expect(verdict({ initialDelay: "1 min" }, after(0))).toEqual({ retryInMs: 0 });
  });

  it("is capped by maxDelay", () => {
    expect(verdict({ maxDelay: "30 s" }, after(86_400_000))).toEqual({ retryInMs: 30_000 });
  });

  it("still counts against the attempts", () => {
    const last = { ...after(5), attempt: 3 };
    expect(verdict({ maxAttempts: 3 }, last)).toEqual({ giveUp: "exhausted" });
  });

  it("is never before the named instant and never a broken number", () => {
    expect(verdict({}, after(333.333))).toEqual({ retryInMs: 334 });
    expect(verdict({}, after(-5))).toEqual({ retryInMs: 0 });
    expect(verdict({ initialDelay: 10, jitter: 0 }, after(Number.NaN))).toEqual({ retryInMs: 10 });
  });
});
