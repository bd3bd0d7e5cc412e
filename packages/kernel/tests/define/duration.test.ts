import { EngineError, toMs } from "@pawl/kernel";
import { describe, expect, it } from "vitest";

describe("durations", () => {
  it.each([
    [0, 0],
    [1_500, 1_500],
    ["250 ms", 250],
    ["250ms", 250],
    ["1 millisecond", 1],
    ["30 s", 30_000],
    ["2 sec", 2_000],
    ["1.5 s", 1_500],
    ["1 second", 1_000],
    ["5 minutes", 300_000],
    ["5m", 300_000],
    ["2 mins", 120_000],
    ["1 h", 3_600_000],
    ["36 Hours", 129_600_000],
    ["1 day", 86_400_000],
    ["2 d", 172_800_000],
    ["2 weeks", 1_209_600_000],
    ["1 w", 604_800_000],
    ["  10   s  ", 10_000],
  ])("reads %j as %d ms", (duration, ms) => {
    expect(toMs(duration, "timeout")).toBe(ms);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    "",
    "s",
    "5",
    "-5 s",
    "5 parsecs",
    "1 s 30 ms",
    "1e3 s",
    "0x10 ms",
    "ss",
    "5 constructor",
    `${"9".repeat(400)} weeks`,
  ])("refuses %j with a typed error that names what and which", (duration) => {
    const refused = () => toMs(duration, 'Stage "a" timeout');
    expect(refused).toThrow(EngineError);
    expect(refused).toThrow(/^Stage "a" timeout is .*Give milliseconds/);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ code: "E_ARGUMENT_INVALID", kind: "invalid" });
    }
  });

  it("refuses what the types forbid with a typed error too", () => {
    for (const duration of [undefined, null, {}, [], true, 5n]) {
      expect(() => toMs(duration as never, "timeout")).toThrow(EngineError);
    }
  });

  it("shows the number that was given, even one that JSON has no text for", () => {
    expect(() => toMs(Number.POSITIVE_INFINITY, "timeout")).toThrow("timeout is Infinity");
  });

  it("refuses a duration so long that no instant lies that far ahead", () => {
    expect(() => toMs(1e300, "timeout")).toThrow(EngineError);
    expect(() => toMs(1e15 + 1, "timeout")).toThrow(EngineError);
    expect(toMs(1e15, "timeout")).toBe(1e15);
    expect(toMs("5000 weeks", "timeout")).toBe(5_000 * 604_800_000);
  });
});
