import { describe, expect, it } from "vitest";
import { parseArguments } from "../src/terminal/arguments.ts";
import { parseDuration } from "../src/terminal/duration.ts";

describe("the command line", () => {
  it("needs no argument", () => {
    expect(parseArguments([])).toEqual({
      kind: "run",
      options: {
        paths: [],
        crash: false,
        workers: 2,
        out: "pawl-report",
        pauseMs: 2000,
        keep: false,
      },
    });
  });

  it("takes paths and options in any order", () => {
    const args = "docs --workers 3 a.md --out=build/x --pause 1.5s --keep".split(" ");
    expect(parseArguments(args)).toEqual({
      kind: "run",
      options: {
        paths: ["docs", "a.md"],
        crash: false,
        workers: 3,
        out: "build/x",
        pauseMs: 1500,
        keep: true,
      },
    });
  });

  it("passes over the -- that package managers hand through", () => {
    expect(parseArguments(["--", "--crash"])).toMatchObject({
      options: { crash: true, paths: [] },
    });
    expect(parseArguments(["a", "--", "--b"])).toMatchObject({ options: { paths: ["a", "--b"] } });
  });

  it.each([["--help"], ["-h"], ["--crash", "--help"]])("explains itself: %s %s", (...args) => {
    const parsed = parseArguments(args.filter((arg) => arg !== undefined));
    expect(parsed).toMatchObject({ kind: "help", exitCode: 0 });
    for (const option of ["--crash", "--workers", "--out", "--pause", "--keep", "paths"]) {
      expect(parsed).toHaveProperty("text", expect.stringContaining(option));
    }
  });

  it.each([
    [["--wrokers", "3"], "--wrokers"],
    [["--workers", "0"], '--workers takes a number from 1 to 16, not "0".'],
    [["--workers", "17"], '"17"'],
    [["--workers", "3x"], '"3x"'],
    [["--workers", "1.5"], '"1.5"'],
    [["--workers"], "--workers"],
    [["--pause", "soon"], '--pause takes a time up to 1h, such as 500ms, 2s or 1m, not "soon".'],
    [["--pause", "2h"], '"2h"'],
    [["--pause", "-1s"], "--pause"],
    [["--crash=yes"], "--crash"],
    [["--crash", "--workers", "3"], "--crash and --workers don't go together"],
    [["--workers=2", "--crash"], "Leave one of them out"],
    [["--out", ""], "--out takes the name of a folder"],
    [[""], "path is an empty text"],
  ])("refuses %j with a message and exit code 2", (args, said) => {
    const parsed = parseArguments(args);
    expect(parsed).toMatchObject({ kind: "invalid", exitCode: 2 });
    expect(parsed).toHaveProperty("message", expect.stringContaining(said));
    expect(parsed).toHaveProperty("message", expect.stringContaining("--help"));
  });
});

describe("durations", () => {
  it("have a number and a unit", () => {
    expect(["0", "250ms", "2s", "1.5 m", "1H"].map(parseDuration)).toEqual([
      0, 250, 2000, 90_000, 3_600_000,
    ]);
    expect(["", "5", "s", "2 weeks", "1s2", "-1s", "1e3s"].map(parseDuration)).toEqual(
      Array.from({ length: 7 }),
    );
  });
});
