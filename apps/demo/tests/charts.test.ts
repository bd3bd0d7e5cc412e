import { describe, expect, it } from "vitest";
import { barChart } from "../src/report/charts/bar-chart.ts";
import { dotPlot } from "../src/report/charts/dot-plot.ts";
import { heatmap } from "../src/report/charts/heatmap.ts";
import { timeline } from "../src/report/charts/timeline.ts";

/** Values of one attribute of all elements of a class, as numbers. */
function figuresOf(source: string, kind: string, name: string): readonly number[] {
  const elements = source.match(new RegExp(`<\\w+ class="${kind}"[^>]*>`, "g")) ?? [];
  return elements.map((element) => Number(new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1]));
}

describe("bars", () => {
  it("are as long as their values and none leaves the picture", () => {
    const bars = [100, 50, 0].map((value) => ({ label: `doc ${value}`, value, shown: `${value}` }));
    const { source } = barChart({ title: "T", bars, labels: "word" });
    const [whole = 0, half = 0, none = 0] = figuresOf(source, "bar", "width");
    expect(half).toBeCloseTo(whole / 2, 0);
    expect(none).toBe(2);
    const [left = 0] = figuresOf(source, "bar", "x");
    expect(left + whole).toBeLessThan(720);
  });

  it("keep the end of a long path and the beginning of a long word, and tell all on hover", () => {
    const label = `${"very/".repeat(12)}deep.md`;
    const bars = [{ label, value: 1, shown: "1" }];
    expect(barChart({ title: "T", bars, labels: "path" }).source).toMatch(/>…[a-z/]+deep\.md</);
    const words = barChart({ title: "T", bars, labels: "word" }).source;
    expect(words).toContain(">very/very/very/very/v…<");
    expect(words).toContain(`<title>${label}: 1</title>`);
  });
});

describe("dots", () => {
  const zones = [
    { from: 0, to: 50, label: "hard" },
    { from: 50, to: 100, label: "easy" },
  ];
  const plot = (...values: number[]) =>
    dotPlot({
      title: "T",
      zones,
      dots: values.map((value, at) => ({ label: `d${at}`, value, leadsTo: `d${at}` })),
    }).source;

  it("stand where their values are and on each other where values meet", () => {
    const source = plot(26, 26.5, 76);
    const [a = 0, b = 0, c = 0] = figuresOf(source, "dot", "cx");
    expect(a).toBe(b);
    expect(c - a).toBeCloseTo(696 / 2, 0);
    const [low = 0, high = 0] = figuresOf(source, "dot", "cy");
    expect(high).toBeLessThan(low);
  });

  it("stay inside the picture whatever the value and however many", () => {
    for (const cx of figuresOf(plot(-80, 180), "dot", "cx")) {
      expect(cx).toBeGreaterThan(12);
      expect(cx).toBeLessThan(708);
    }
    const crowd = figuresOf(plot(...Array.from({ length: 300 }, () => 50)), "dot", "cy");
    expect(Math.min(...crowd)).toBeGreaterThan(0);
  });
});

describe("heatmap", () => {
  it("is darker where the value is higher", () => {
    const { source } = heatmap({
      title: "T",
      labels: ["a", "b", "c"],
      values: [
        [1, 0.6, 0.1],
        [0.6, 1, 0.3],
        [0.1, 0.3, 1],
      ],
    });
    const opacities = figuresOf(source, "heat", "fill-opacity");
    expect(opacities).toHaveLength(6);
    expect(opacities[0]).toBe(0.94);
    expect(opacities[0]).toBeGreaterThan(opacities[3] ?? 1);
    expect(opacities[3]).toBeGreaterThan(opacities[1] ?? 1);
    expect(source).toContain("<title>a and b: 0.60</title>");
  });
});

describe("timeline", () => {
  const lane = (spans: readonly (readonly [number, number])[], cutAtMs?: number) => ({
    label: "worker 1",
    bars: spans.map(([startMs, durationMs]) => ({ label: "s", startMs, durationMs, tone: 0 })),
    ...(cutAtMs === undefined ? {} : { cutAtMs }),
  });

  it("puts bars that overlap below each other and others side by side", () => {
    const lanes = [
      lane([
        [0, 400],
        [200, 400],
        [400, 400],
      ]),
    ];
    const { source } = timeline({ title: "T", elapsedMs: 1000, lanes, bands: [] });
    expect(figuresOf(source, "tone-0", "y")).toEqual([26, 26, 41]);
    const [first = 0, third = 0, second = 0] = figuresOf(source, "tone-0", "x");
    expect(second - first).toBeCloseTo((602 * 200) / 1000, 0);
    expect(third - first).toBeCloseTo((602 * 400) / 1000, 0);
  });

  it("marks a kill and a pause where they were", () => {
    const bands = [{ label: "pause", startMs: 500, durationMs: 250 }];
    const lanes = [lane([[0, 100]], 250)];
    const { source } = timeline({ title: "T", elapsedMs: 1000, lanes, bands });
    expect(figuresOf(source, "cut", "x1")).toEqual([104 + 602 / 4]);
    expect(figuresOf(source, "band", "x")).toEqual([104 + 602 / 2]);
    expect(figuresOf(source, "band", "width")).toEqual([150.5]);
  });

  it("has an axis of round times", () => {
    const ticks = (elapsedMs: number) =>
      [
        ...timeline({ title: "T", elapsedMs, lanes: [], bands: [] }).source.matchAll(
          />([^<>]+)<\/text>/g,
        ),
      ]
        .map((found) => found[1])
        .join(" | ");
    expect(ticks(3900)).toBe("0 | 1.0 s | 2.0 s | 3.0 s");
    expect(ticks(70)).toBe("0 | 20 ms | 40 ms | 60 ms");
    expect(ticks(9 * 3_600_000)).toBe("0 | 2 h 00 m | 4 h 00 m | 6 h 00 m | 8 h 00 m");
    expect(ticks(0)).toBe("0 | 1 ms");
  });
});
