import type { StepRow } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import type { JournalLine } from "../src/evidence/journal.ts";
import { verdictOn } from "../src/session/verdict.ts";

const DEAD = 11;
const NEXT = 12;
const step = (key: string): string => `run-1/analyse-1/0/0/${key}#0`;
const line = (did: JournalLine["did"], pid: number, key: string, at = 0): JournalLine => ({
  did,
  pid,
  at,
  step: step(key),
});
const ran = (pid: number, key: string): JournalLine[] => [
  line("entered", pid, key, 3_000),
  line("left", pid, key, 3_000),
];
const record = (key: string): StepRow =>
  ({
    runId: "run-1",
    stageId: "analyse-1",
    mapIndex: 0,
    generation: 0,
    key,
    occurrence: 0,
  }) as StepRow;

const kill = { pid: DEAD, at: 2_000, finished: [step("a words")] };
const judged = (steps: readonly string[], journal: readonly JournalLine[]) =>
  verdictOn({ steps: steps.map(record), journal, startedAt: 1_000, kill, killWanted: true });

describe("the verdict on a crash", () => {
  const before = [...ran(DEAD, "a words"), line("entered", DEAD, "a links")];

  it("clears a run whose finished steps stayed finished, and names what ran again", () => {
    const journal = [...before, ...ran(NEXT, "a links"), ...ran(NEXT, "b words")];
    const { holds, lines } = judged(["a links", "a words", "b words"], journal);
    expect(holds).toBe(true);
    expect(lines).toEqual([
      "3 steps recorded, each once, each by a body that ran to its end",
      "worker 11 was killed at 1.0 s; worker 12 went on 1.0 s later",
      "no finished step ran twice: 1 step had been recorded, and none was done again",
      "under way at the kill, and therefore run again: analyse-1 a links",
    ]);
  });

  it("convicts a run in which a finished step was done again", () => {
    const journal = [...before, ...ran(NEXT, "a words"), ...ran(NEXT, "a links")];
    const { holds, lines } = judged(["a links", "a words"], journal);
    expect(holds).toBe(false);
    expect(lines).toContain("1 finished step ran twice: analyse-1 a words");
  });

  it("convicts a record that stands twice, or that no body came to the end of", () => {
    const journal = [...before, ...ran(NEXT, "b words")];
    for (const steps of [["a words", "a words"], ["a links"]]) {
      const { holds, lines } = judged(steps, journal);
      expect(holds).toBe(false);
      expect(lines[0]).toContain(`of which unsound: analyse-1 ${steps[0]}`);
    }
  });

  it("says so when the run was over before the kill", () => {
    const evidence = { steps: [], journal: [], startedAt: 0, kill: undefined };
    const missed = verdictOn({ ...evidence, killWanted: true });
    expect(missed.holds).toBe(false);
    expect(missed.lines).toContainEqual(expect.stringContaining("could be killed"));
    expect(verdictOn({ ...evidence, killWanted: false }).holds).toBe(true);
  });

  it("names three of many", () => {
    const keys = ["a", "b", "c", "d", "e"];
    const journal = [
      ...keys.map((key) => line("entered", DEAD, key)),
      ...keys.flatMap((key) => ran(NEXT, key)),
    ];
    expect(judged(keys, journal).lines.at(-1)).toMatch(
      /: analyse-1 a, analyse-1 b, analyse-1 c, and 2 more$/,
    );
  });
});
