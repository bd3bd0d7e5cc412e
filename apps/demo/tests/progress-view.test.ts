import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { ProgressState, ProgressViewOptions } from "../src/terminal/progress-state.ts";
import { createProgressView } from "../src/terminal/progress-view.ts";

const ESCAPE = "\u001B[";

function viewWith(options: Partial<ProgressViewOptions> = {}) {
  let written = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += String(chunk);
      done();
    },
  });
  const view = createProgressView({ stream, isTty: true, columns: 80, env: {}, ...options });
  const take = (): string => {
    const taken = written;
    written = "";
    return taken;
  };
  return { view, take };
}

function stateWith(given: Partial<ProgressState> = {}): ProgressState {
  return {
    runId: "run-1",
    elapsedMs: 1200,
    stages: [
      { id: "collect", status: "completed", done: 1, total: 1, running: 0 },
      { id: "analyse", status: "running", done: 10, total: 40, running: 2 },
      { id: "report", status: "blocked", done: 0, total: 1, running: 0 },
    ],
    stepsRecorded: 51,
    stepsReplayed: 0,
    workers: [
      { pid: 11, alive: true, current: "analyse docs/a.md" },
      { pid: 12, alive: true, current: "" },
    ],
    ...given,
  };
}

const SUMMARY = {
  runId: "run-1",
  status: "completed",
  elapsedMs: 5300,
  lines: ["No finished step ran twice."],
  files: ["out/report.md", "out/report.html"],
};

/** What a terminal shows after this was written to it; enough of one for cursor up and erase. */
function screenOf(written: string): readonly string[] {
  const rows: string[] = [""];
  let row = 0;
  for (const [at, part] of written.split(ESCAPE).entries()) {
    const [, count, command, text = part] =
      (at > 0 ? /^([\d;?]*)([A-Za-z])(.*)$/s.exec(part) : undefined) ?? [];
    if (command === "A") row -= Number(count);
    if (command === "J") rows.splice(row);
    for (const [line, shown] of text.replaceAll("\r", "").split("\n").entries()) {
      if (line > 0) row += 1;
      rows[row] = shown === "" ? (rows[row] ?? "") : shown;
    }
  }
  return rows;
}

/** Sequences that set a colour or a weight. */
const coloursIn = (written: string): readonly string[] =>
  written.split(ESCAPE).filter((part, at) => at > 0 && /^[\d;]*m/.test(part));

describe("progress on a terminal", () => {
  it("shows stages, counts, steps, time and workers", () => {
    const { view, take } = viewWith({ env: { NO_COLOR: "1" } });
    view.update(stateWith({ stepsReplayed: 3, note: "Worker 13 was killed." }));
    expect(stripVTControlCharacters(take()).split("\n")).toEqual([
      "run-1  1.2 s  51 steps recorded, 3 replayed",
      "",
      `  ✔ collect  ${"━".repeat(24)}  1/1`,
      `  ⠹ analyse  ${"━".repeat(6)}${"─".repeat(18)}  10/40, 2 running`,
      `  · report   ${"─".repeat(24)}  0/1`,
      "",
      "  ● worker 11  analyse docs/a.md",
      "  ● worker 12  idle",
      "  Worker 13 was killed.",
      "",
    ]);
  });

  it("redraws in place, also when the picture becomes shorter", () => {
    const { view, take } = viewWith({ env: { NO_COLOR: "1" } });
    view.update(stateWith({ note: "Something happened." }));
    view.update(stateWith({ workers: [{ pid: 12, alive: false, current: "" }] }));
    const screen = screenOf(take());
    expect(screen.filter((line) => line.startsWith("run-1"))).toHaveLength(1);
    expect(screen.slice(-2)).toEqual(["  ✖ worker 12  gone", ""]);
    expect(screen).toHaveLength(8);
  });

  it("hides the cursor while it draws and always gives it back", () => {
    const finished = viewWith();
    finished.view.update(stateWith());
    finished.view.finish(SUMMARY);
    finished.view.close();
    const written = finished.take();
    expect(written.split(`${ESCAPE}?25l`)).toHaveLength(2);
    expect(written.split(`${ESCAPE}?25h`)).toHaveLength(2);
    expect(written.endsWith(`${ESCAPE}?25h`)).toBe(true);
    const closed = viewWith();
    closed.view.update(stateWith());
    closed.view.close();
    expect(closed.take().endsWith(`${ESCAPE}?25h`)).toBe(true);
  });

  it("never writes a line wider or a picture taller than the terminal", () => {
    const workers = Array.from({ length: 30 }, (_, at) => ({
      pid: at,
      alive: true,
      current: `analyse ${"日本語/".repeat(20)}.md`,
    }));
    let columns = 41;
    const { view, take } = viewWith({ columns: () => columns, rows: 14 });
    view.update(stateWith({ workers, note: "x".repeat(200) }));
    const lines = stripVTControlCharacters(take()).split("\n");
    expect(lines.length).toBeLessThanOrEqual(14);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThan(41);
    expect(lines.join("\n")).toContain("workers more");
    const low = viewWith({ rows: 4 });
    low.view.update(stateWith());
    expect(stripVTControlCharacters(low.take()).split("\n")).toHaveLength(4);
    columns = 20;
    view.update(stateWith());
    const narrow = stripVTControlCharacters(take()).split("\n");
    expect(Math.max(...narrow.map((line) => stringWidth(line)))).toBeLessThan(20);
  });

  it("uses colours unless NO_COLOR is set", () => {
    const coloured = viewWith();
    coloured.view.update(stateWith());
    expect(coloured.take()).toContain(`${ESCAPE}32m`);
    const empty = viewWith({ env: { NO_COLOR: "" } });
    empty.view.update(stateWith());
    expect(empty.take()).toContain(`${ESCAPE}32m`);
    const plain = viewWith({ env: { NO_COLOR: "1" } });
    plain.view.update(stateWith());
    plain.view.finish(SUMMARY);
    expect(coloursIn(plain.take())).toEqual([]);
  });

  it("lets no name of a file steer the terminal", () => {
    const current = "a\u001B[2J\u0007\nb\u202E.md";
    for (const isTty of [true, false]) {
      const { view, take } = viewWith({ isTty, env: { NO_COLOR: "1" } });
      view.update(stateWith({ workers: [{ pid: 1, alive: true, current }], note: current }));
      view.finish({ ...SUMMARY, files: [current] });
      const written = take();
      for (const steering of ["[2J", "\u0007", "\u202E"]) {
        expect(written).not.toContain(steering);
      }
    }
  });

  it("says at the end how it went and what was written", () => {
    const { view, take } = viewWith({ env: { NO_COLOR: "1" } });
    view.finish(SUMMARY);
    expect(take().split("\n")).toEqual([
      "",
      "✔ completed after 5.3 s, 2 files written",
      "  No finished step ran twice.",
      "  out/report.md",
      "  out/report.html",
      "",
    ]);
    view.finish({ ...SUMMARY, status: "failed", files: [] });
    expect(take()).toContain("✖ failed after 5.3 s\n");
  });
});

describe("progress elsewhere than on a terminal", () => {
  it("is one line with the time for each thing that changed", () => {
    const { view, take } = viewWith({ isTty: false });
    view.update(stateWith());
    expect(take().split("\n")).toEqual([
      "[00:01.2] run run-1 started",
      "[00:01.2] worker 11 joined",
      "[00:01.2] worker 12 joined",
      "[00:01.2] collect  completed",
      "[00:01.2] analyse  running  10/40",
      "",
    ]);
    view.update(stateWith({ elapsedMs: 1300, stepsRecorded: 52 }));
    expect(take()).toBe("");
    const stages = stateWith().stages.map((stage) =>
      stage.id === "analyse" ? { ...stage, done: 20 } : stage,
    );
    const workers = [{ pid: 11, alive: false, current: "" }];
    view.update(stateWith({ elapsedMs: 61_400, stages, workers, note: "Another takes over." }));
    expect(take().split("\n")).toEqual([
      "[01:01.4] Another takes over.",
      "[01:01.4] worker 11 is gone",
      "[01:01.4] analyse  running  20/40",
      "",
    ]);
  });

  it("speaks of a long stage at every tenth of its way only", () => {
    const { view, take } = viewWith({ isTty: false });
    for (let done = 0; done <= 1000; done += 1) {
      const stages = [{ id: "analyse", status: "running", done, total: 1000, running: 1 }];
      view.update(stateWith({ stages, workers: [] }));
    }
    expect(take().match(/analyse/g)).toHaveLength(11);
  });

  it("steers no cursor, on a dumb terminal neither", () => {
    for (const options of [{ isTty: false }, { isTty: true, env: { TERM: "dumb" } }]) {
      const { view, take } = viewWith(options);
      view.update(stateWith());
      view.finish(SUMMARY);
      view.close();
      const written = take();
      expect(written).not.toContain("\u001B");
      expect(written).toContain("[00:05.3] run run-1 completed after 5.3 s, 2 files written");
      expect(written).toContain("[00:05.3] out/report.html");
    }
  });
});
