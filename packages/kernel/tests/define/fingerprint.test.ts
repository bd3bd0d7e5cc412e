import { describe, expect, it } from "vitest";
import {
  definitionKey,
  digestText,
  optionsHash,
  structureHash,
} from "../../src/define/fingerprint.ts";
import { type GraphSketch, graphOf, workflowOf } from "../support/graphs.ts";

const hash = (sketch: GraphSketch): string => structureHash(graphOf(sketch));

const DIAMOND: GraphSketch = {
  a: {},
  b: { after: ["a"] },
  c: { after: ["a"] },
  d: { after: ["b", "c"], join: { atLeast: 1 } },
};

describe("the structural hash [94]", () => {
  it.each<[string, GraphSketch, string]>([
    ["one stage", { main: {} }, "ce8d410567859702"],
    ["a chain", { a: {}, b: { after: ["a"] } }, "54fe4477f485a6c5"],
    ["a diamond with atLeast", DIAMOND, "b8ee5bf76446b3e1"],
    ["a condition", { a: {}, b: { after: ["a"], when: () => true } }, "772f922269ee81b2"],
    [
      "ids of any script",
      { "größe 😀": {}, 'a"],["b': { after: ["größe 😀"] } },
      "6ac2ce43b44d4a4b",
    ],
  ])("of %s stays what it was, so that live runs find their workers", (_, sketch, golden) => {
    expect(hash(sketch)).toBe(golden);
  });

  it("does not depend on the order in which stages and edges were written", () => {
    const { a, b, c, d } = DIAMOND as Required<GraphSketch>;
    expect(hash({ a: a!, c: c!, b: b!, d: { ...d, after: ["c", "b"] } })).toBe(hash(DIAMOND));
    expect(hash({ d: d!, c: c!, b: b!, a: a! })).toBe(hash(DIAMOND));
  });

  it.each<[string, GraphSketch]>([
    ["a stage's id", { ...DIAMOND, x: { after: ["d"] } }],
    ["an edge less", { ...DIAMOND, c: {} }],
    ["an edge more", { ...DIAMOND, c: { after: ["a", "b"] } }],
    ["another join", { ...DIAMOND, d: { after: ["b", "c"] } }],
    ["another number of a join", { ...DIAMOND, d: { after: ["b", "c"], join: { atLeast: 2 } } }],
    ["any instead of atLeast 1", { ...DIAMOND, d: { after: ["b", "c"], join: "any" } }],
    ["a condition", { ...DIAMOND, b: { after: ["a"], when: () => true } }],
    [
      "a parallel of one in the place of a pipe",
      { ...DIAMOND, b: { after: ["a"], gathers: true } },
    ],
  ])("changes with %s", (_, sketch) => {
    expect(hash(sketch)).not.toBe(hash(DIAMOND));
  });

  it("does not change with options, schemas or code", () => {
    const options = { retry: { maxAttempts: 9 }, timeout: "1 s", queue: "q", priority: 3 };
    const other = { ...DIAMOND, b: { after: ["a"], onFailure: "continue" as const, options } };
    expect(hash(other)).toBe(hash(DIAMOND));
    const [yes, no] = [() => true, () => false].map((when) =>
      hash({ a: {}, b: { after: ["a"], when } }),
    );
    expect(yes).toBe(no);
  });

  it.each<[string, GraphSketch, GraphSketch]>([
    ["commas", { "a,b": {}, c: {} }, { a: {}, "b,c": {} }],
    ["quotes", { 'a"': {}, b: { after: ['a"'] } }, { a: {}, 'b"': { after: ["a"] } }],
    ["brackets", { "a],[b": {} }, { a: {}, b: {} }],
    ["case", { A: {} }, { a: {} }],
    ["normal forms", { "\u00e9": {} }, { "e\u0301": {} }],
  ])("is not fooled by %s in ids", (_, one, other) => {
    expect(hash(one)).not.toBe(hash(other));
  });
});

describe("the options' hash [130]", () => {
  const options = (sketch: GraphSketch): string => optionsHash(graphOf(sketch));

  it.each<[string, GraphSketch]>([
    ["attempts", { a: { options: { retry: { maxAttempts: 2 } } } }],
    ["a time limit", { a: { options: { timeout: 5 } } }],
    ["a failure policy", { a: { onFailure: "continue" } }],
    ["a queue", { a: { options: { queue: "slow" } } }],
  ])("changes with %s", (_, sketch) => {
    expect(options(sketch)).not.toBe(options({ a: {} }));
  });

  it("does not change with the graph's order", () => {
    expect(options({ a: {}, b: {} })).toBe(options({ b: {}, a: {} }));
  });
});

describe("the compatibility key [95]", () => {
  it("names id, version and structure", () => {
    const { definition } = workflowOf({ a: {} }, "7");
    expect(definition).toBe(`w@7#${hash({ a: {} })}`);
  });

  it("is delimiter-safe", () => {
    const keys = [
      definitionKey("a", "b@c", "h"),
      definitionKey("a@b", "c", "h"),
      definitionKey("a#b", "c", "h"),
      definitionKey("a%40b", "c", "h"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[^@#]+@[^@#]+#h$/);
  });
});

it("digests text as SHA-256 of its UTF-8 in hex", () => {
  expect(digestText("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(digestText("pawl é 😀")).toBe(
    "773dda6cc7fbd7fbf8a0a8701ba24cd2611ad5cb9f77426b31ee4d3fbe785f77",
  );
});
