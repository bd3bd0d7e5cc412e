import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { CommandLine } from "../src/cli/command-line.ts";
import { parseCrashOptions } from "../src/cli/crash-options.ts";
import { parseSimOptions } from "../src/cli/sim-options.ts";
import { parseDeliveryOptions } from "./delivery/prove-options.ts";
import { ADAPTER_BUGS } from "./planted/adapters.ts";
import { SIMULATED_BUGS } from "./planted/all.ts";
import { parseSearchOptions } from "./planted/prove-options.ts";

type Parse = (argv: readonly string[]) => CommandLine<unknown>;

const words = (line: string): readonly string[] => line.split(" ").filter((word) => word !== "");

function optionsOf(parse: Parse, line: string): unknown {
  const parsed = parse(words(line));
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

function expectRefused(parsed: CommandLine<unknown>, says: RegExp): void {
  expect(parsed).toMatchObject({ kind: "invalid", message: expect.stringMatching(says) });
  expect(parsed).toHaveProperty("message", expect.stringMatching(/Run "pnpm \S+ --help"/));
}

describe("pnpm sim", () => {
  it("plays one seed, a range, or as long as is said", () => {
    expect(optionsOf(parseSimOptions, "--seed 7")).toEqual({
      seed: 7,
      adapter: "memory",
      without: [],
      trace: false,
      shrink: true,
    });
    expect(optionsOf(parseSimOptions, "-- --seeds 5..9 --adapter sqlite --workers 3")).toEqual({
      range: { from: 5, to: 9 },
      adapter: "sqlite",
      minutes: Number.POSITIVE_INFINITY,
      workers: 3,
      ledger: ".sim/ranges.jsonl",
    });
    expect(optionsOf(parseSimOptions, "--minutes=0.5")).toMatchObject({
      range: { from: 1 },
      minutes: 0.5,
    });
    expect(optionsOf(parseSimOptions, "--seed 7 --without s0,latency --no-shrink")).toMatchObject({
      without: ["s0", "latency"],
      shrink: false,
    });
  });

  it.each([
    ["", /--seed N, --seeds A\.\.B or --minutes M/],
    ["--seed", /--seed needs a value/],
    ["--seed --trace", /--seed needs a value/],
    ["--seed 0", /--seed takes a whole number of at least 1, not "0"/],
    ["--seed abc", /not "abc"/],
    ["--seed 1.5", /not "1.5"/],
    ["--seed -3", /not "-3"/],
    ["--seed 1 --seed 2", /--seed is given twice/],
    ["--seed 1 --seeds 1..2", /--seed and --seeds don't go together/],
    ["--seed 1 --minutes 2", /--seed and --minutes don't go together/],
    ["--seed 1 --workers 2", /--seed and --workers don't go together/],
    ["--seeds 9..5", /1 <= A <= B, not "9\.\.5"/],
    ["--seeds 0..5", /not "0\.\.5"/],
    ["--seeds 5", /not "5"/],
    ["--seeds 1..4000001", /at most 4000000 seeds; "1..4000001" are 4000001/],
    ["--minutes 0", /--minutes takes a number more than 0 .*not "0"/],
    ["--minutes soon", /not "soon"/],
    ["--seeds 1..5 --workers 0", /--workers takes a whole number from 1 to 64, not "0"/],
    ["--seeds 1..5 --workers 65", /not "65"/],
    ["--seeds 1..5 --trace", /--trace needs --seed/],
    ["--seeds 1..5 --without f0", /--without needs --seed/],
    ["--seed 1 --adapter mysql", /--adapter takes memory, sqlite, not "mysql"/],
    ["--seed 1 --trace=yes", /--trace takes no value/],
    ["--seed 7 --without s0,f99", /Seed 7 has no "f99" to leave out; it has f0, .*s0/],
    ["--seed 7 --fast", /no option "--fast"; there are --seed/],
    ["7", /"7" belongs to no option/],
    ["--member", /no option "--member"/],
  ])("refuses %j, saying what there is", (line, says) => {
    expectRefused(parseSimOptions(words(line)), says);
  });
});

describe("pnpm prove:crash", () => {
  it("plays everything, a part, or one example", () => {
    expect(optionsOf(parseCrashOptions, "")).toEqual({
      adapters: ["memory", "sqlite"],
      kinds: ["points", "pairs"],
      workers: 2,
      ledger: ".sim/crash",
    });
    expect(optionsOf(parseCrashOptions, "--kind pairs --adapter memory")).toMatchObject({
      adapters: ["memory"],
      kinds: ["pairs"],
    });
    const crashes = "worker.1:17:after,starter.2:1:before:land";
    expect(optionsOf(parseCrashOptions, `--example one-step --crashes ${crashes}`)).toMatchObject({
      example: { id: "one-step" },
      adapter: "memory",
      crashes: [
        { role: "worker", life: 1, call: 17, side: "after", others: "lost" },
        { role: "starter", life: 2, call: 1, side: "before", others: "land" },
      ],
    });
  });

  it.each([
    ["--kind x", /--kind takes points, pairs, not "x"/],
    ["--crashes worker.1:1:after", /--crashes needs --example/],
    ["--trace", /--trace needs --example/],
    ["--example one-step --kind pairs", /--example and --kind don't go together/],
    ["--example none", /--example takes one-step, .*not "none"/],
    ["--example one-step --crashes x", /worker\.1:17:after, which is: .*answered.*; not "x"/],
    ["--example one-step --crashes worker.1:0:after", /not "worker\.1:0:after"/],
    ["--example one-step --crashes worker.1:1:after,", /not ""/],
    ["--example one-step --crashes worker.1:1:after,worker.1:1:after", /worker.1:1:after twice/],
    ["--workers none", /from 1 to 64, not "none"/],
    ["one-step", /"one-step" belongs to no option/],
  ])("refuses %j, saying what there is", (line, says) => {
    expectRefused(parseCrashOptions(words(line)), says);
  });
});

describe("pnpm prove:planted", () => {
  it("searches for all bugs, or for those whose name has a text in it", () => {
    expect(optionsOf(parseSearchOptions, "")).toMatchObject({
      names: SIMULATED_BUGS.map(({ name }) => name),
      to: 10_000,
      workers: 2,
      write: false,
    });
    expect(optionsOf(parseSearchOptions, "--only fences --to 5 --write")).toMatchObject({
      names: ["a store does not look at fences"],
      to: 5,
      write: true,
    });
  });

  it.each([
    ["--only nothing-like-it", /"nothing-like-it" is in none:\n {2}rows are written/],
    ["--to 0", /--to takes a whole number from 1 to 10000000, not "0"/],
    ["--workers 0", /--workers/],
    ["fences", /"fences" belongs to no option/],
  ])("refuses %j, saying what there is", (line, says) => {
    expectRefused(parseSearchOptions(words(line)), says);
  });

  it("says who finds a bug that no seed finds", () => {
    const [bug] = ADAPTER_BUGS;
    const says = /is found by no seed .*planted-adapters\.test\.ts shows it/;
    expectRefused(parseSearchOptions(["--only", bug?.name ?? ""]), says);
  });
});

describe("pnpm prove:delivery", () => {
  it("plays so many runs, or one seed", () => {
    expect(optionsOf(parseDeliveryOptions, "")).toEqual({
      queue: "memory",
      runs: 50_000,
      seed: undefined,
      workers: 2,
      ledger: ".sim/delivery.jsonl",
    });
    expect(optionsOf(parseDeliveryOptions, "--queue redis --seed 7")).toMatchObject({
      queue: "redis",
      seed: 7,
    });
  });

  it.each([
    ["--queue sqs", /--queue takes memory, redis, not "sqs"/],
    ["--runs 0", /--runs takes a whole number from 1 to 10000000, not "0"/],
    ["--seed 1 --runs 5", /--seed and --runs don't go together/],
    ["redis", /"redis" belongs to no option/],
  ])("refuses %j, saying what there is", (line, says) => {
    expectRefused(parseDeliveryOptions(words(line)), says);
  });
});

it.each([
  [parseSimOptions, ["--seed", "--seeds", "--minutes", "--without", "--ledger"]],
  [parseCrashOptions, ["--kind", "--crashes", "worker.1:17:after:land", "nested-lanes"]],
  [parseDeliveryOptions, ["--queue", "--runs", "--seed", "redis", "--ledger"]],
  [parseSearchOptions, ["--only", "--to", "--workers", "--write"]],
] as const)("every command explains itself", (parse, parts) => {
  for (const argv of [["--help"], ["-h"], ["--bogus", "--help"]]) {
    const parsed = parse(argv);
    expect(parsed.kind).toBe("help");
    for (const part of parts) expect(parsed).toHaveProperty("text", expect.stringContaining(part));
  }
});

it.each([
  ["../src/main.ts", ["--bogus"], 2],
  ["../src/prove-crash.ts", ["--kind", "x"], 2],
  ["planted/prove.ts", ["--to", "x"], 2],
  ["delivery/prove.ts", ["--runs", "x"], 2],
  ["../src/main.ts", ["--help"], 0],
])("%s %j ends with %i, without a stack", (path, argv, status) => {
  const script = fileURLToPath(new URL(path, import.meta.url));
  const ran = spawnSync(process.execPath, ["--conditions=source", script, ...argv], {
    encoding: "utf8",
  });
  expect(ran.status).toBe(status);
  expect(ran.stderr.split("\n").filter((line) => line !== "")).toHaveLength(status);
  expect(ran.stdout === "").toBe(status !== 0);
});
