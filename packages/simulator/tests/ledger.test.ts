import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Ledger } from "../src/cli/ledger.ts";
import type { RangePlayed } from "../src/cli/range.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-sim-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "deeper", "ranges.jsonl");
const played = (from: number, to: number): RangePlayed => ({
  from,
  to,
  adapter: "memory",
  found: [],
  moves: 0,
  virtualMs: 0,
  runs: 0,
  hits: {},
});

it("a long run goes on where it was, in pieces", () => {
  const first = new Ledger(path(), "c1");
  first.add(played(11, 20));
  first.add(played(31, 35));
  const next = new Ledger(path(), "c1");
  expect(next.left({ from: 1, to: 40 }, "memory", 8)).toEqual([
    { from: 1, to: 8 },
    { from: 9, to: 10 },
    { from: 21, to: 28 },
    { from: 29, to: 30 },
    { from: 36, to: 40 },
  ]);
  expect(next.left({ from: 12, to: 18 }, "memory", 8)).toEqual([]);
});

it("what other code or another adapter played does not count", () => {
  new Ledger(path(), "c1").add(played(1, 20));
  const whole = [{ from: 1, to: 20 }];
  expect(new Ledger(path(), "c2").left({ from: 1, to: 20 }, "memory", 50)).toEqual(whole);
  expect(new Ledger(path(), "c1").left({ from: 1, to: 20 }, "sqlite", 50)).toEqual(whole);
});

it("a line that was cut off counts as not written", () => {
  const ledger = new Ledger(path(), "c1");
  ledger.add(played(1, 5));
  appendFileSync(path(), '{"from":6,"to"');
  expect(new Ledger(path(), "c1").left({ from: 1, to: 8 }, "memory", 50)).toEqual([
    { from: 6, to: 8 },
  ]);
});
