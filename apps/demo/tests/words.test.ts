import { describe, expect, it } from "vitest";
import type { Passage } from "../src/analyse/document-structure.ts";
import { bandOf, measureReadability, scoresOf } from "../src/analyse/readability.ts";
import { countWords, sentencesOf, wordsOf } from "../src/analyse/words.ts";

const paragraph = (text: string): Passage => ({ kind: "paragraph", text });

describe("words and sentences", () => {
  it("follow the boundaries of Unicode", () => {
    expect(wordsOf("Don't stop: 3.5 naïve co-workers — 日本語")).toEqual([
      "Don't",
      "stop",
      "3.5",
      "naïve",
      "co",
      "workers",
      "日本語",
    ]);
    expect(sentencesOf("One, e.g. this. Two? Three!")).toEqual([
      "One, e.g. this.",
      "Two?",
      "Three!",
    ]);
    expect(sentencesOf("* * *")).toEqual([]);
  });

  it("are counted over all passages, sentences only in prose", () => {
    const counts = countWords([
      { kind: "heading", text: "the Cat" },
      paragraph("The cat sat. The cat ran off today."),
      { kind: "cell", text: "cat" },
    ]);
    expect(counts).toEqual({
      words: 11,
      distinctWords: 6,
      characters: 35,
      sentences: 2,
      wordsPerSentence: 4,
      charactersPerWord: 35 / 11,
      readingMinutes: 11 / 238,
      longestSentence: { words: 5, text: "The cat ran off today." },
    });
  });

  it("are zero, and no division by zero, in an empty document", () => {
    expect(countWords([])).toEqual({
      words: 0,
      distinctWords: 0,
      characters: 0,
      sentences: 0,
      wordsPerSentence: 0,
      charactersPerWord: 0,
      readingMinutes: 0,
      longestSentence: { words: 0, text: "" },
    });
  });

  it("show a sentence without end only in part", () => {
    const { longestSentence } = countWords([paragraph("on and ".repeat(500))]);
    expect(longestSentence.words).toBe(1000);
    expect(longestSentence.text).toMatch(/^on and .*…$/);
    expect(longestSentence.text.length).toBe(280);
  });
});

describe("readability", () => {
  it("is the three formulas", () => {
    const scores = scoresOf({ words: 100, sentences: 5, syllables: 150, characters: 470 });
    expect(scores.fleschReadingEase).toBeCloseTo(206.835 - 20.3 - 126.9, 6);
    expect(scores.fleschKincaidGrade).toBeCloseTo(7.8 + 17.7 - 15.59, 6);
    expect(scores.automatedReadabilityIndex).toBeCloseTo(22.137 + 10 - 21.43, 6);
    expect(scores.band).toBe("fairly difficult");
  });

  it("measures words, sentences, syllables and letters of prose", () => {
    const readability = measureReadability([
      { kind: "heading", text: "Extraordinary considerations" },
      paragraph("The cat sat on the mat. ".repeat(20)),
    ]);
    expect(readability).toMatchObject({
      scored: true,
      measures: { words: 120, sentences: 20, syllables: 120, characters: 340 },
      scores: { band: "very easy" },
    });
  });

  it("counts the syllables of longer words", () => {
    const { measures } = measureReadability([paragraph("Durable workflows survive.")]);
    expect(measures.syllables).toBe(3 + 2 + 2);
  });

  it("is silent about short texts and other languages", () => {
    const short = measureReadability([paragraph("The cat sat on the mat. ".repeat(16))]);
    expect(short).toMatchObject({ scored: false, reason: "tooShort", measures: { words: 96 } });
    const german = measureReadability([
      paragraph("Der schnelle Fuchs springt über jenen faulen Hund. ".repeat(20)),
    ]);
    expect(german).toMatchObject({ scored: false, reason: "notEnglish" });
  });

  it("has Flesch's bands", () => {
    expect([95, 90, 85, 70, 60, 50, 49.9, 30, 29, -40].map(bandOf)).toEqual([
      "very easy",
      "very easy",
      "easy",
      "fairly easy",
      "plain",
      "fairly difficult",
      "difficult",
      "difficult",
      "very difficult",
      "very difficult",
    ]);
  });
});
