import { describe, expect, it } from "vitest";
import { AmbientCallError } from "../src/world/globals-guard.ts";
import { Prng } from "../src/world/prng.ts";
import { type Order, Schedule, START } from "../src/world/schedule.ts";

const schedule = (order: Order = "any", seed = "s") =>
  new Schedule({ chance: new Prng(seed), order, victim: "slow" });

const drain = (made: Schedule) => made.run(() => false);

describe("the schedule", () => {
  it("lets every microtask of a move run before the next move", async () => {
    const seen: string[] = [];
    const made = schedule("oldest");
    const deep = async (name: string) => {
      for (let i = 0; i < 20; i++) await null;
      seen.push(`${name} rests`);
    };
    for (const name of ["a", "b", "c"]) {
      made.add({
        of: name,
        run: () => {
          seen.push(name);
          void deep(name);
        },
      });
    }
    expect(await drain(made)).toBe(false);
    expect(seen).toEqual(["a", "a rests", "b", "b rests", "c", "c rests"]);
  });

  it("jumps to the next timer only when nothing is ready", async () => {
    const seen: [string, number][] = [];
    const made = schedule();
    const note = (of: string) => ({ of, run: () => void seen.push([of, made.now - START]) });
    made.after(5_000, note("late"));
    made.after(1_000, note("early"));
    made.add(note("now"));
    await drain(made);
    expect(seen).toEqual([
      ["now", 0],
      ["early", 1_000],
      ["late", 5_000],
    ]);
  });

  it("makes moves in order in fifo, but for what goes first", async () => {
    const seen: string[] = [];
    const made = schedule("fifo");
    const names = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const note = (of: string) => ({ of, run: () => void seen.push(of) });
    for (const name of names) made.add(note(name));
    made.addFirst(note("urgent"));
    await drain(made);
    expect(seen).toEqual(["urgent", ...names]);
  });

  it("does not make a move that was prevented", async () => {
    const made = schedule();
    const prevent = made.after(10, { of: "a", run: () => expect.unreachable() });
    prevent();
    expect(await drain(made)).toBe(false);
  });

  it("stops when it is done, with moves left", async () => {
    const made = schedule();
    for (let i = 0; i < 10; i++) made.add({ of: "a", run: () => {} });
    expect(await made.run(() => made.made === 4)).toBe(true);
  });

  const orderOf = async (order: Order, seed: string) => {
    const seen: string[] = [];
    const made = schedule(order, seed);
    for (const of of ["slow", "b", "c", "d", "slow2"]) {
      made.add({ of: of.replace(/\d/, ""), run: () => void seen.push(of) });
    }
    await drain(made);
    return seen.join();
  };

  it("follows from its seed", async () => {
    expect(await orderOf("any", "1")).toBe(await orderOf("any", "1"));
    const orders = await Promise.all(["1", "2", "3", "4", "5"].map((seed) => orderOf("any", seed)));
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it("can be first come, last come, or against one process", async () => {
    expect(await orderOf("oldest", "1")).toBe("slow,b,c,d,slow2");
    expect(await orderOf("newest", "1")).toBe("slow2,d,c,b,slow");
    expect((await orderOf("starved", "1")).split(",").slice(3).sort()).toEqual(["slow", "slow2"]);
  });

  it("passes on what a move throws", async () => {
    const made = schedule();
    made.add({
      of: "a",
      run: () => {
        throw new Error("in a move");
      },
    });
    await expect(drain(made)).rejects.toThrow("in a move");
  });
});

describe("time and chance of the machine", () => {
  const CALLS: readonly [string, () => unknown][] = [
    ["Date.now", () => Date.now()],
    ["Math.random", () => Math.random()],
    ["setTimeout", () => setTimeout(() => {}, 1)],
    ["setInterval", () => setInterval(() => {}, 1)],
    ["setImmediate", () => setImmediate(() => {})],
    ["crypto.randomUUID", () => crypto.randomUUID()],
  ];

  it.each(CALLS)("%s throws inside and works outside", async (name, call) => {
    const made = schedule();
    const caught: unknown[] = [];
    const attempt = async () => {
      await null;
      try {
        call();
      } catch (error) {
        caught.push(error);
      }
    };
    made.add({ of: "a", run: () => void attempt() });
    const before = Object.getOwnPropertyDescriptor(globalThis, "setTimeout");
    await drain(made);
    expect(caught).toMatchObject([{ name: "AmbientCallError" }]);
    expect(caught[0]).toBeInstanceOf(AmbientCallError);
    expect(made.ambientCalls).toEqual([name]);
    expect(Object.getOwnPropertyDescriptor(globalThis, "setTimeout")).toEqual(before);
    const handle = call();
    if (name === "setTimeout" || name === "setInterval") clearTimeout(handle as never);
  });
});
