import { createSqlitePersistence } from "@pawl/persistence-sql";
import { afterEach, describe, expect, it } from "vitest";
import { Harness, type HarnessOptions } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";
import { fn } from "./workflows.ts";

const K = 1_024;
const M = K * K;
const AROUND = [16 * K, 128_000, M, 2 * M].flatMap((size) => [size - 1, size, size + 1]);
const SIZES = [0, 1, ...AROUND, 64 * K, 256 * K, 10 * M];

/** Characters whose text takes more bytes, or more escapes, than there are. */
const UNITS = { letters: "x", NULs: "\u0000", surrogates: "\ud800", emoji: "😀", umlauts: "ä" };

/** A step that answers so many units, and a body that answers what the step did. */
const sized = fn("sized", async (ctx, input) => {
  const { unit, size } = input as { unit: string; size: number };
  const made = await ctx.step("made", () => unit.repeat(size));
  const again = await ctx.step("counted", () => made.length);
  return { made, again };
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

async function onSqlite(options: HarnessOptions): Promise<Harness> {
  const world = new VirtualWorld();
  const persistence = await createSqlitePersistence({ path: ":memory:", clock: world.clock });
  opened.push(persistence);
  return new Harness([sized], { world, persistence, ...options });
}

const STORES: readonly (readonly [string, (options: HarnessOptions) => Promise<Harness>])[] = [
  ["memory", async (options) => new Harness([sized], options)],
  ["SQLite", onSqlite],
];

async function resultOf(h: Harness, input: { readonly unit: string; readonly size: number }) {
  const runId = await h.start("sized", input);
  await h.drain();
  return h.kernel.query.getRun(runId);
}

describe.each(STORES)("on %s a payload", (_store, open) => {
  it.each(SIZES)("of %i letters comes back whole, through record and output", async (size) => {
    const { status, output } = await resultOf(await open({}), { unit: "x", size });
    expect(status).toBe("completed");
    const { made, again } = output as { made: string; again: number };
    expect(made === "x".repeat(size)).toBe(true);
    expect(again).toBe(size);
  });

  it.each(Object.entries(UNITS))("of %s around the bound does too", async (_name, unit) => {
    const h = await open({});
    const perUnit = Math.max(1, Buffer.byteLength(JSON.stringify(unit)) - 2);
    for (const off of [-3, -2, -1, 0, 1, 2]) {
      const size = Math.floor((16 * K) / perUnit) + off;
      const { status, output } = await resultOf(h, { unit, size });
      expect([status, (output as { made: string }).made === unit.repeat(size)]).toEqual([
        "completed",
        true,
      ]);
    }
  });

  it("of more bytes than allowed fails its stage with a typed error", async () => {
    const h = await open({ limits: { payloadBytesMax: M } });
    for (const size of [M - 1, M, 2 * M]) {
      const run = await resultOf(h, { unit: "x", size });
      expect(run).toMatchObject({ status: "failed", failure: { code: "E_PAYLOAD_TOO_LARGE" } });
    }
    expect(await resultOf(h, { unit: "x", size: M - 100 })).toMatchObject({ status: "completed" });
  });
});
