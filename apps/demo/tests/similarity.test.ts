import { describe, expect, it } from "vitest";
import { compareCorpus } from "../src/analyse/compare-corpus.ts";
import { corpusTermsOf, countTerms, keywordsOf, TERMS_MAX } from "../src/analyse/keywords.ts";
import { GRID_MAX, PAIRS_MAX } from "../src/analyse/similarity.ts";

const termsOf = (text: string) => countTerms([{ kind: "paragraph", text }]);
const compared = (texts: Readonly<Record<string, string>>) =>
  compareCorpus(Object.entries(texts).map(([id, text]) => ({ id, terms: termsOf(text) })));

describe("terms", () => {
  it("leave out stop words, numbers, single letters and endings of files", () => {
    const { terms, total } = termsOf("The engine and its 42 x 3rd README.md of an engine's fate");
    expect(terms.map(({ word, count }) => [word, count])).toEqual([
      ["engine", 2],
      ["3rd", 1],
      ["fate", 1],
      ["readme", 1],
    ]);
    expect(total).toBe(5);
  });

  it("count the forms of a word together under the form used most", () => {
    const { terms } = termsOf("Workers work; a worker, workers, working");
    expect(terms).toEqual([
      { stem: "worker", word: "workers", count: 3 },
      { stem: "work", word: "work", count: 2 },
    ]);
  });

  it("are neither contractions nor halves of them", () => {
    const { terms } = termsOf("We can't, won’t; they'll see the user's O'Brien don't");
    expect(terms.map(({ word }) => word)).toEqual(["o'brien", "user"]);
  });

  it("keep the capitals of names in code and of no other word", () => {
    expect(termsOf("createKernel RUNS Runs").terms.map(({ word }) => word)).toEqual([
      "runs",
      "createKernel",
    ]);
  });

  it("are data even when a document calls them by names of JavaScript", () => {
    const { terms } = termsOf("constructor __proto__ toString constructor");
    expect(terms[0]).toMatchObject({ word: "constructor", count: 2 });
    expect(terms).toHaveLength(3);
  });

  it("stop at a limit and keep the total", () => {
    const text = Array.from({ length: TERMS_MAX + 10 }, (_, at) => `zz${at.toString(36)}q`).join(
      " ",
    );
    const { terms, total } = termsOf(text);
    expect(terms).toHaveLength(TERMS_MAX);
    expect(total).toBe(TERMS_MAX + 10);
  });
});

describe("keywords", () => {
  const apples = termsOf("apple apple pear");
  const corpus = corpusTermsOf([apples, termsOf("apple plum")]);

  it("are weighed by share and rarity", () => {
    const [first, second] = keywordsOf(apples, corpus, 5);
    expect(first).toMatchObject({ word: "apple", count: 2 });
    expect(first?.score).toBeCloseTo((2 / 3) * Math.LN2, 10);
    expect(second).toMatchObject({ word: "pear", count: 1 });
    expect(second?.score).toBeCloseTo((1 / 3) * Math.log(3), 10);
  });

  it("prefer what only this document says", () => {
    const own = termsOf("common common rare rare");
    const all = corpusTermsOf([own, termsOf("common"), termsOf("common")]);
    expect(keywordsOf(own, all, 1)).toMatchObject([{ word: "rare" }]);
  });

  it("exist in a corpus of one document", () => {
    expect(keywordsOf(apples, corpusTermsOf([apples]), 1)).toMatchObject([{ word: "apple" }]);
  });

  it("of the whole corpus are those that many documents use", () => {
    const { corpusKeywords } = compared({ a: "apple apple pear", b: "apple plum" });
    expect(corpusKeywords.map(({ word, count }) => [word, count])).toEqual([
      ["apple", 3],
      ["pear", 1],
      ["plum", 1],
    ]);
    expect(corpusKeywords[0]?.score).toBeCloseTo((1 + Math.LN2) * Math.LN2 + Math.LN2, 10);
  });
});

describe("similarity", () => {
  it("is the cosine of the TF-IDF vectors", () => {
    const a = [(2 / 3) * Math.LN2, Math.log(3) / 3];
    const b = [Math.LN2 / 2, Math.log(3) / 2];
    const cosine = ((a[0] ?? 0) * (b[0] ?? 0)) / (Math.hypot(...a) * Math.hypot(...b));
    const { similarity } = compared({ a: "apple apple pear", b: "apple plum" });
    expect(cosine).toBeCloseTo(0.418, 3);
    expect(similarity.pairs).toEqual([{ a: "a", b: "b", cosine: 0.418, shared: ["apple"] }]);
    expect(similarity.grid).toEqual({
      ids: ["a", "b"],
      cosines: [
        [1, 0.418],
        [0.418, 1],
      ],
    });
  });

  it("is 1 for the same words and leaves out pairs that share nothing", () => {
    const { pairs } = compared({ a: "red green", b: "green red", c: "blue" }).similarity;
    expect(pairs).toEqual([{ a: "a", b: "b", cosine: 1, shared: ["green", "red"] }]);
  });

  it("puts documents that hang together into clusters, largest first", () => {
    const { clusters, grid } = compared({
      e: "cat dog cow",
      m: "red green blue",
      d: "cat dog hen",
      n: "red green blue pink",
      alone: "unlike anything",
      o: "green blue pink grey",
    }).similarity;
    expect(clusters).toEqual([
      ["m", "n", "o"],
      ["d", "e"],
    ]);
    expect(grid.ids).toEqual(["m", "n", "o", "d", "e", "alone"]);
  });

  it("does not mind empty documents", () => {
    const { similarity, keywords } = compared({ a: "", b: "", c: "word" });
    expect(similarity.pairs).toEqual([]);
    expect(similarity.clusters).toEqual([]);
    expect(similarity.grid.cosines.flat().every(Number.isFinite)).toBe(true);
    expect(keywords[0]).toEqual({ id: "a", keywords: [] });
  });

  it("stays small however many documents there are", () => {
    const texts = Array.from({ length: 60 }, (_, at) => [`d${at}`, `shared word${at % 7}x`]);
    const comparison = compared(Object.fromEntries(texts));
    expect(comparison.similarity.pairs).toHaveLength(PAIRS_MAX);
    expect(comparison.similarity.grid.ids).toHaveLength(GRID_MAX);
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  });
});
