import { EngineError, TerminalError } from "@pawl/kernel";
import { expect, it } from "vitest";
import { fn } from "../commands/workflows.ts";
import { Harness } from "../support/harness.ts";

const boom = () => {
  throw new Error("boom");
};

it("chance drawn inside a step's body is refused: replay would not draw it", async () => {
  const codes: unknown[] = [];
  const drawn: number[] = [];
  const h = new Harness([
    fn("w", async (ctx) => {
      await ctx.step("a", () => {
        for (const draw of [ctx.uuid, ctx.random]) {
          try {
            draw();
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        }
      });
      drawn.push(ctx.random());
      await ctx.sleep("nap", "1 minute");
    }),
  ]);
  await h.start("w");
  await h.drain();
  expect(codes).toEqual(["E_NESTED_STEP", "E_NESTED_STEP"]);
  expect(drawn[1]).toBe(drawn[0]);
});

it("a deferred record is stored with the caught failure that came before it", async () => {
  let tries = 0;
  const h = new Harness([
    fn(
      "w",
      async (ctx) => {
        await ctx.step("a", boom, { retry: { maxAttempts: 1 } }).catch(() => {});
        await ctx.step("d", () => 1, { durability: "deferred" });
        tries += 1;
        if (tries === 1) throw new Error("again");
        return "done";
      },
      { retry: { maxAttempts: 3, initialDelay: 1 } },
    ),
  ]);
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: "done" });
});

it("promises that a body leaves alone don't end the process when they reject", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const failing = { retry: { maxAttempts: 1 } };
  const h = new Harness([
    fn("w", async (ctx) => {
      void ctx.step("x", () => 1, { timeout: "bogus" });
      void ctx.sleep("y", "bogus");
      void ctx.all([ctx.step("f", boom, failing)]);
      void ctx.race([ctx.step("g", boom, failing)]);
      void ctx.map([1], () => ctx.step("h", boom, failing));
      return ctx.step("b", () => new Promise((resolve) => setImmediate(resolve, "b")));
    }),
  ]);
  const id = await h.start("w");
  await h.drain();
  await h.world.settle();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  expect((await h.kernel.query.getRun(id)).output).toBe("b");
});

it("a log line whose data can't be stored fails nothing and says so", async () => {
  const h = new Harness([
    fn("w", async (ctx) => {
      ctx.log("info", "odd", { fn: () => 1 });
      ctx.log("info", "long", { text: "y".repeat(50_000) });
      return "done";
    }),
  ]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe("done");
  const [odd, long] = await h.kernel.query.listLogs(id);
  expect(odd?.data?.notStored).toContain("$.fn");
  expect(String(long?.data?.cut).length).toBeLessThan(17_000);
});

it("a stage that hangs before its first record is over when its time is", async () => {
  let entered = 0;
  const h = new Harness([
    fn(
      "w",
      async (ctx) => {
        entered += 1;
        if (entered === 2) await new Promise(() => {});
        await ctx.step("a", () => 1);
        await ctx.sleep("nap", "1 minute");
        return "done";
      },
      { timeout: 5_000, retry: { maxAttempts: 2, initialDelay: 1 } },
    ),
  ]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).output).toBe("done");
  expect(h.persistence.dump().attempts).toMatchObject([{ outcome: "timedOut" }]);
});

it.each([
  ["a misspelt mode", () => 1, { mode: "AtMostOnce" }, /Option "mode" of Step "a".*"atMostOnce"/],
  ["an unknown option", () => 1, { timout: 5 }, /no option "timout".*Did you mean "timeout"/],
  ["options that are none", () => 1, 5, /Step "a" takes an object of options; 5/],
  ["no body", undefined, undefined, /The body of Step "a" is undefined; give a function/],
  ["a promise for a body", Promise.resolve(1), undefined, /The body of Step "a" is an object/],
])("a step with %s fails the stage at once, and runs nothing", async (_, body, options, says) => {
  const step = fn("w", (ctx) => ctx.step("a", body as never, options as never));
  const h = new Harness([step]);
  const id = await h.start("w");
  await h.round();
  const { status, failure } = await h.kernel.query.getRun(id);
  expect({ status, failure }).toMatchObject({
    status: "failed",
    failure: { code: "E_ARGUMENT_INVALID", message: expect.stringMatching(says) },
  });
  expect(h.persistence.dump().attempts).toHaveLength(1);
});

it("an error of the engine is known as such at the first execution and at replay", async () => {
  const seen: unknown[] = [];
  const stuck = fn("w", async (ctx) => {
    for (const body of [
      () => Symbol("unstorable"),
      () => Promise.reject(new TerminalError("no")),
    ]) {
      const error = await ctx.step("a", body).catch((caught: unknown) => caught);
      seen.push([EngineError.is(error), EngineError.is(error, "E_NOT_ENCODABLE")]);
    }
    await ctx.sleep("nap", "1 minute");
  });
  const h = new Harness([stuck]);
  await h.start("w");
  await h.drain();
  const each = [
    [true, true],
    [expect.any(Boolean), false],
  ];
  expect(seen).toEqual([...each, ...each]);
});
