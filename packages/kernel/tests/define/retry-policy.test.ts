import { defineStage, EngineError, type RetryOptions } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_STAGE_RETRY,
  DEFAULT_STEP_RETRY,
  matchesError,
  retryPolicy,
} from "../../src/define/retry-policy.ts";

const policy = (options?: RetryOptions) => retryPolicy(options, DEFAULT_STEP_RETRY, "Step retry");

describe("retry policies [53]", () => {
  it("without options are the defaults: a step tries three times, a stage once", () => {
    expect(policy()).toEqual(DEFAULT_STEP_RETRY);
    expect(DEFAULT_STEP_RETRY.maxAttempts).toBe(3);
    expect(DEFAULT_STAGE_RETRY).toEqual({ ...DEFAULT_STEP_RETRY, maxAttempts: 1 });
  });

  it("keep the defaults of what is not given", () => {
    expect(policy({ maxAttempts: 9, maxDelay: "2 min" })).toEqual({
      ...DEFAULT_STEP_RETRY,
      maxAttempts: 9,
      maxDelayMs: 120_000,
    });
  });

  it("allow Infinity attempts when said explicitly, and all bounds of jitter and factor", () => {
    const bounds = { maxAttempts: Number.POSITIVE_INFINITY, factor: 1, jitter: 1 };
    expect(policy({ ...bounds, initialDelay: 0 })).toMatchObject({ ...bounds, initialDelayMs: 0 });
    expect(policy({ jitter: 0 }).jitter).toBe(0);
  });

  it.each<[keyof RetryOptions, number]>([
    ["maxAttempts", 0],
    ["maxAttempts", -1],
    ["maxAttempts", 2.5],
    ["maxAttempts", Number.NaN],
    ["factor", 0.99],
    ["factor", Number.NaN],
    ["jitter", -0.1],
    ["jitter", 1.1],
    ["jitter", Number.NaN],
    ["initialDelay", -1],
    ["maxDelay", Number.NaN],
  ])("refuse %s %d with the name of the option", (option, value) => {
    const refused = () => policy({ [option]: value });
    expect(refused).toThrow(EngineError);
    expect(refused).toThrow(`Step retry.${option} is ${value}`);
  });

  it("of a stage are checked when the stage is defined", () => {
    const define = () =>
      defineStage({
        id: "a",
        schemas: {},
        retry: { maxAttempts: 0 },
        execute: async () => ({ output: 1 }),
      });
    expect(define).toThrow('Stage "a" retry.maxAttempts is 0');
  });
});

describe("matching an error [54]", () => {
  class Denied extends Error {
    override readonly name: string = "Denied";
  }

  it("knows a stored error by the name of its class, and plain errors by their class only", () => {
    const stored = Object.assign(new Error("no"), { name: "Denied" });
    expect(matchesError(stored, [Denied])).toBe(true);
    expect(matchesError(new Error("no"), [Denied])).toBe(false);
    expect(matchesError({ name: "Error" }, [Error])).toBe(false);
    expect(matchesError(new Denied("no"), [Error])).toBe(true);
  });

  it("knows an error by name or code where text is given", () => {
    const error = Object.assign(new Denied("no"), { code: "E_DENIED" });
    expect(matchesError(error, ["Denied"])).toBe(true);
    expect(matchesError(error, ["E_DENIED"])).toBe(true);
    expect(matchesError(error, ["Error", "no"])).toBe(false);
  });

  it("looks at eight links of a chain of causes", () => {
    const chain = (length: number): Error =>
      length === 1 ? new Denied("no") : new Error("link", { cause: chain(length - 1) });
    expect(matchesError(chain(8), [Denied])).toBe(true);
    expect(matchesError(chain(9), [Denied])).toBe(false);
  });

  it("matches nothing against no list, and no list against nothing", () => {
    expect(matchesError(new Denied("no"), [])).toBe(false);
    expect(matchesError(undefined, [Denied, "Denied"])).toBe(false);
    expect(DEFAULT_STEP_RETRY.abortOn).toEqual([]);
  });
});
