import { DEFAULT_LIMITS, type EngineError, type Limits } from "@pawl/kernel";
import { expect, it } from "vitest";
import { LIMIT_RANGES } from "../src/engine/check-limits.ts";
import { begin, Fleet, LEASE_MS, register } from "./commands/fleet.ts";
import { fn } from "./commands/workflows.ts";
import { Harness } from "./support/harness.ts";

function refusal(limits: object): EngineError {
  try {
    new Harness([], { limits });
  } catch (error) {
    return error as EngineError;
  }
  throw new Error("the limits were accepted");
}

const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];

it("every limit has a range that its default is in", () => {
  expect(Object.keys(LIMIT_RANGES).toSorted()).toEqual(names.toSorted());
  expect(new Harness([], { limits: DEFAULT_LIMITS }).kernel).toBeDefined();
});

it.each(names)("%s may be at either end of its range, and not beyond", (name) => {
  const [least, most] = LIMIT_RANGES[name];
  for (const value of [least, most]) {
    expect(new Harness([], { limits: { [name]: value } }).kernel).toBeDefined();
  }
  for (const value of [least - 1, most + 1]) {
    expect(refusal({ [name]: value })).toMatchObject({
      code: "E_CONFIG_INVALID",
      message: `limits.${name} is ${value}; give a whole number from ${least} to ${most}.`,
      details: { limit: name, value },
    });
  }
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, "500", null])(
  "a limit that is %s is refused",
  (value) => {
    const { code, message } = refusal({ sweepRows: value });
    expect(code).toBe("E_CONFIG_INVALID");
    expect(message).toContain("limits.sweepRows is ");
    expect(message).toContain("from 1 to 1000");
  },
);

it("a limit that does not exist is refused, with the one that was meant", () => {
  const { code, message } = refusal({ sweepRow: 10 });
  expect(code).toBe("E_ARGUMENT_INVALID");
  expect(message).toContain('limits has no option "sweepRow"');
  expect(message).toContain('Did you mean "sweepRows"?');
});

it("a limit that is undefined is the default", async () => {
  const h = new Harness([], { limits: { leaseTtlMs: undefined } as object });
  const terms = { workerId: "w", host: "h", pid: 1 };
  const session = await h.kernel.dispatch({ type: "worker.register", ...terms });
  expect(session.expiresAt).toBe(h.world.now + DEFAULT_LIMITS.leaseTtlMs);
});

it("leases run out and are taken over at the largest sweepRows", async () => {
  const fleet = new Fleet([fn("hangs", () => new Promise(() => {}))]);
  const dead = fleet.process();
  await dead.start("hangs");
  await begin(dead, await register(dead));
  const reaper = fleet.process({ limits: { sweepRows: LIMIT_RANGES.sweepRows[1] } });
  await fleet.world.advance(LEASE_MS + 1);
  expect(await reaper.kernel.maintain({ thorough: true })).toMatchObject({ staleReleased: 1 });
});
