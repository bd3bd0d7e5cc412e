import { describe, expect, it } from "vitest";
import {
  clipped,
  clippedPath,
  counted,
  shownBytes,
  shownCount,
  shownDuration,
} from "../src/shown.ts";

describe("figures for people", () => {
  it("show sizes", () => {
    expect([0, 1023, 1024, 1536, 20_480, 2_097_152, 5e12].map(shownBytes)).toEqual([
      "0 bytes",
      "1023 bytes",
      "1 KB",
      "1.5 KB",
      "20 KB",
      "2 MB",
      "4657 GB",
    ]);
  });

  it("show durations without a jump between their units", () => {
    expect(
      [0, 0.4, 840, 999.4, 999.6, 3240, 59_940, 59_960, 125_000, 3_720_000].map(shownDuration),
    ).toEqual([
      "0 ms",
      "0 ms",
      "840 ms",
      "999 ms",
      "1.0 s",
      "3.2 s",
      "59.9 s",
      "1 m 00 s",
      "2 m 05 s",
      "1 h 02 m",
    ]);
  });

  it("show counts with their noun", () => {
    expect([shownCount(1234567), counted(1, "file"), counted(1200, "file")]).toEqual([
      "1,234,567",
      "1 file",
      "1,200 files",
    ]);
    expect(counted(2, "line of code", "lines of code")).toBe("2 lines of code");
  });

  it("cut long texts between letters, paths in front", () => {
    expect([clipped("abcdef", 6), clipped("abcdefg", 6), clipped("🙂🙂🙂", 2)]).toEqual([
      "abcdef",
      "abcde…",
      "🙂…",
    ]);
    expect(clippedPath("docs/deep/a.md", 7)).toBe("…p/a.md");
  });
});
