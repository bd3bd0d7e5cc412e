import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ledger } from "../src/cli/ledger.ts";
import { playMany } from "../src/cli/play-many.ts";
import { Progress } from "../src/cli/progress.ts";
import { rangesText } from "../src/cli/range.ts";
import { endsText, strikesText } from "../src/cli/texts.ts";

const SCRIPT = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-sim-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ledgerPath = (): string => join(folder, "ranges.jsonl");

async function played(seeds: readonly [number, number], more: { readonly minutes?: number } = {}) {
  const said: string[] = [];
  const code = await playMany(
    {
      range: { from: seeds[0], to: seeds[1] },
      adapter: "memory",
      minutes: more.minutes ?? Number.POSITIVE_INFINITY,
      workers: 1,
      ledger: ledgerPath(),
    },
    {
      code: { commit: "c1", isCommitted: true },
      script: SCRIPT,
      say: (line) => void said.push(line),
    },
  );
  return { code, said };
}

const kept = (from: number, to: number, ...found: readonly string[]): void =>
  new Ledger(ledgerPath(), "c1").add({
    from,
    to,
    adapter: "memory",
    found: found.map((repro) => ({ repro })),
  });

describe("a range of seeds", () => {
  it("is played once at a commit, and then said to have been", async () => {
    const first = await played([1, 3]);
    expect(first).toMatchObject({
      code: 0,
      said: [expect.stringMatching(/^3 seeds \(1\.\.3\) on memory/), "nothing found"],
    });
    const again = await played([1, 3]);
    expect(again.code).toBe(0);
    expect(again.said[0]).toBe("3 of 3 seeds played before at this commit");
    expect(again.said[1]).toMatch(/^0 seeds on memory/);
  }, 60_000);

  it("that found something before does not pass by having been played", async () => {
    kept(1, 200, "pnpm sim --seed 17");
    const { code, said } = await played([1, 200]);
    expect(code).toBe(1);
    expect(said).toContain("200 of 200 seeds played before at this commit");
    expect(said).toContain("found then: pnpm sim --seed 17");
    expect(said.at(-1)).toBe("1 found");
  });

  it("of which nothing was played is no success", async () => {
    expect(await played([1, 200], { minutes: 0 })).toMatchObject({ code: 1 });
  });
});

it("says which seeds were played, together", () => {
  const pieces = [
    { from: 501, to: 750 },
    { from: 1, to: 250 },
    { from: 251, to: 500 },
    { from: 900, to: 900 },
  ];
  expect(rangesText(pieces)).toBe("1..750 and 900");
});

describe("progress", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [false, ["3 of 9\n", "3 of 9\n"]],
    [true, Array.from({ length: 25 }, () => ["\r\x1b[K", "3 of 9"]).flat()],
  ])("on a terminal (%s) and elsewhere, in 25 s", (isTTY, wanted) => {
    const written: string[] = [];
    const write = (text: string): boolean => written.push(text) > 0;
    const progress = new Progress(() => "3 of 9", { isTTY, write: write as never });
    vi.advanceTimersByTime(25_000);
    expect(written).toEqual(wanted);
    progress.end();
    vi.advanceTimersByTime(25_000);
    expect(written.slice(wanted.length)).toEqual(isTTY ? ["\r\x1b[K"] : []);
  });
});

describe("one seed", () => {
  const run = (status: string, endedAt: number | null) => ({ status, endedAt }) as never;

  it("says what became of its runs", () => {
    const runs = [run("completed", 1), run("failed", 2), run("running", null)];
    expect(endsText({ runs, problems: [] })).toBe(
      "runs ended: completed, failed; runs that wait for an operator: 1",
    );
    expect(endsText({ runs: [], problems: [] })).toBe("no run was started");
    expect(endsText({ runs: [], problems: [{} as never] })).toBe("cut short");
  });

  it("names the faults that struck, and only these", () => {
    expect(strikesText({ crash: 2, busy: 0, cut: 1 })).toBe("faults that struck: crash 2, cut 1");
    expect(strikesText({ busy: 0 })).toBe("no fault struck");
  });
});
