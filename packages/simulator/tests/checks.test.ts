import { describe, expect, it } from "vitest";
import { Bodies, type BodyStart } from "../src/checks/bodies.ts";
import { Sightings } from "../src/checks/sightings.ts";
import type { VirtualProcess } from "../src/process/virtual-process.ts";

describe("sightings (I17)", () => {
  const seen = (...lists: readonly (readonly string[])[]) => {
    const sightings = new Sightings();
    for (const list of lists) {
      const sight = sightings.begin("run/stage");
      for (const text of list) {
        const durable = !text.endsWith("?");
        sight.push({ text, durable, askedAt: sight.length });
      }
    }
    return sightings.check();
  };

  it.each([
    [
      "one that goes on where another was cut off",
      [
        ["a", "b"],
        ["a", "b", "c"],
      ],
    ],
    ["one that saw nothing", [[], ["a"]]],
    [
      "what a crash undid before anything followed from it",
      [
        ["a", "b?"],
        ["a", "c"],
      ],
    ],
  ])("allow %s", (_, lists) => {
    expect(seen(...lists)).toEqual([]);
  });

  it.each([
    [
      "another value",
      [
        ["a", "b"],
        ["a", "x", "c"],
      ],
    ],
    [
      "another order",
      [
        ["a", "b"],
        ["b", "a"],
      ],
    ],
    [
      "something else after what was stored with what follows",
      [
        ["b?", "c"],
        ["c", "b?"],
      ],
    ],
  ])("refuse %s", (_, lists) => {
    expect(seen(...lists)).toMatchObject([["I17", expect.any(String)]]);
  });
});

describe("bodies (I18, I19, I33)", () => {
  const process = (excused: boolean) =>
    ({ name: "p0", isExcused: () => excused }) as unknown as VirtualProcess;
  const start = (more: Partial<BodyStart> = {}): BodyStart => ({
    process: process(false),
    key: "run/stage/0/0/a#0",
    at: 1,
    attempt: 1,
    stageAttempt: 1,
    atMostOnce: false,
    recorded: false,
    fence: 1,
    wasLost: () => false,
    toldHeld: false,
    ...more,
  });
  const complaints = (...starts: readonly BodyStart[]) => {
    const bodies = new Bodies();
    return starts.flatMap((one) => bodies.start(one)).map(([invariant]) => invariant);
  };

  it.each([
    ["a first one", [start()]],
    ["a retry", [start(), start({ attempt: 2 })]],
    ["one in the next attempt of the stage", [start(), start({ stageAttempt: 2 })]],
    ["one after something befell the first", [start({ process: process(true) }), start()]],
    ["one after the fence was lost", [start(), start({ wasLost: (fence) => fence === 1 })]],
  ])("allow %s", (_, starts) => {
    expect(complaints(...starts)).toEqual([]);
  });

  it.each([
    ["a second one for no reason", [start(), start()], ["I18"]],
    ["one whose record is stored", [start({ recorded: true })], ["I18"]],
    ["one in a stage known to be held", [start({ toldHeld: true })], ["I33"]],
    [
      "a second one that may run at most once, whatever befell the first",
      [
        start({ atMostOnce: true, process: process(true) }),
        start({ atMostOnce: true, process: process(true) }),
      ],
      ["I19"],
    ],
  ])("refuse %s", (_, starts, expected) => {
    expect(complaints(...starts)).toEqual(expected);
  });
});
