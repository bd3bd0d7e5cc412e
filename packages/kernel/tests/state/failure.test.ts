import { RetryableError, TerminalError } from "@pawl/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText, FAILURE_TEXT_MAX, type Failure, toFailure } from "../../src/state/failure.ts";

const depthOf = (failure: Failure): number =>
  failure.cause === undefined ? 1 : 1 + depthOf(failure.cause);

const isWellFormed = (text: string): boolean => !/[\ud800-\udfff]/u.test(text);

const isWellCut = (text: string): boolean => text.length <= FAILURE_TEXT_MAX && isWellFormed(text);

describe("an error as persisted [57]", () => {
  it("keeps name, message, code and stack", () => {
    const error = Object.assign(new TypeError("no"), { code: "E_X" });
    const { stack } = error;
    expect(toFailure(error)).toEqual({ name: "TypeError", message: "no", code: "E_X", stack });
  });

  it("keeps what decides about further attempts", () => {
    expect(toFailure(new TerminalError("no"))).toMatchObject({
      name: "TerminalError",
      code: "E_TERMINAL",
      permanent: true,
    });
    const retryable = toFailure(new RetryableError("later", { retryAfterMs: 5 }));
    expect(retryable).toMatchObject({ code: "E_RETRYABLE", retryAfterMs: 5 });
    expect(retryable).not.toHaveProperty("permanent");
  });

  it("leaves out a code that is no text, a delay that is no number, and a missing stack", () => {
    const odd = { name: "Odd", message: "m", code: 404, retryAfterMs: "soon", permanent: "yes" };
    expect(toFailure(odd)).toEqual({ name: "Odd", message: "m" });
    for (const retryAfterMs of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(toFailure({ name: "Odd", message: "m", retryAfterMs })).not.toHaveProperty(
        "retryAfterMs",
      );
    }
  });

  it("follows the chain of causes to a bounded depth, also when it bites its tail", () => {
    const chain = (length: number): Error =>
      new Error(`link ${length}`, length > 1 ? { cause: chain(length - 1) } : {});
    expect(depthOf(toFailure(chain(3)))).toBe(3);
    expect(depthOf(toFailure(chain(1_000)))).toBe(9);
    const circular = new Error("a");
    circular.cause = circular;
    expect(depthOf(toFailure(circular))).toBe(9);
  });

  it("keeps a cause that is no error", () => {
    expect(toFailure(new Error("a", { cause: "disk" }))).toMatchObject({
      cause: { name: "NonError", message: "disk" },
    });
  });

  it.each<[string, unknown, string]>([
    ["text", "boom", "boom"],
    ["a number", 7, "7"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a bigint", 1n, "1"],
    ["a plain object", { a: 1 }, '{"a":1}'],
    ["an object that JSON can't show", { a: 1n }, "a value that can't be shown was thrown"],
  ])("made of %s shows it", (_, thrown, message) => {
    expect(toFailure(thrown)).toEqual({ name: "NonError", message });
  });

  it("is made even of what throws when it is looked at", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const hostile = {
      name: "Trap",
      get message(): string {
        throw new Error("gotcha");
      },
    };
    const unprintable = {
      name: {
        toString: () => {
          throw new Error("gotcha");
        },
      },
      message: "m",
    };
    for (const thrown of [
      revoked.proxy,
      hostile,
      unprintable,
      new Error("outer", { cause: hostile }),
    ]) {
      expect(toFailure(thrown).message).toBeTypeOf("string");
    }
  });

  it("is plain data: its JSON is itself", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const failure = toFailure(thrown);
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
      }),
    );
  });

  it("has its texts cut, never in the middle of a surrogate pair", () => {
    const long = `a${"😀".repeat(FAILURE_TEXT_MAX)}`;
    const failure = toFailure(
      Object.assign(new Error(long), { name: long, stack: long, code: long }),
    );
    for (const text of [failure.name, failure.message, failure.stack, failure.code]) {
      expect(isWellCut(text ?? "")).toBe(true);
      expect(text?.length).toBeGreaterThan(FAILURE_TEXT_MAX - 2);
    }
    expect(isWellCut(toFailure(long).message)).toBe(true);
  });
});

describe("cutting text", () => {
  it("keeps short text, and of long text as much as fits without splitting a pair", () => {
    expect(cutText("abc", 3)).toBe("abc");
    expect(cutText("abcd", 3)).toBe("abc");
    expect(cutText("ab😀", 3)).toBe("ab");
    expect(cutText("ab😀", 4)).toBe("ab😀");
    expect(cutText("😀", 1)).toBe("");
  });

  it("of well-formed text gives well-formed text that it starts with", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, max) => {
        const cut = cutText(text, max);
        expect(isWellFormed(cut)).toBe(true);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, max) - 1);
      }),
    );
  });
});
