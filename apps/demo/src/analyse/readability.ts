import { syllable } from "syllable";
import type { Passage } from "./document-structure.ts";
import { STOP_WORDS } from "./stop-words.ts";
import { charactersOf, isProse, sentencesOf, wordsOf } from "./words.ts";

export interface TextMeasures {
  readonly words: number;
  readonly sentences: number;
  readonly syllables: number;
  readonly characters: number;
}

export interface ReadabilityScores {
  /** About 0 (hard) to 100 (easy); both ends are open. */
  readonly fleschReadingEase: number;
  /** School years, United States. */
  readonly fleschKincaidGrade: number;
  readonly automatedReadabilityIndex: number;
  readonly band: ReadabilityBand;
}

export type ReadabilityBand =
  | "very easy"
  | "easy"
  | "fairly easy"
  | "plain"
  | "fairly difficult"
  | "difficult"
  | "very difficult";

export type Readability =
  | { readonly scored: true; readonly measures: TextMeasures; readonly scores: ReadabilityScores }
  | {
      readonly scored: false;
      readonly measures: TextMeasures;
      readonly reason: "tooShort" | "notEnglish";
    };

/** Flesch took samples of 100 words; below that one sentence decides the score. */
const READABILITY_WORDS_MIN = 100;

/** Running English text is 35 to 50 % stop words, other languages below 10 %. */
const STOP_WORD_SHARE_MIN = 0.15;

/** Lower ends of Flesch's bands, hardest last. */
export const READABILITY_BANDS: readonly {
  readonly from: number;
  readonly band: ReadabilityBand;
}[] = [
  { from: 90, band: "very easy" },
  { from: 80, band: "easy" },
  { from: 70, band: "fairly easy" },
  { from: 60, band: "plain" },
  { from: 50, band: "fairly difficult" },
  { from: 30, band: "difficult" },
  { from: Number.NEGATIVE_INFINITY, band: "very difficult" },
];

/** Scores of the sentences of a document, or why English formulas would say nothing about it. */
export function measureReadability(passages: readonly Passage[]): Readability {
  const sentences = passages.filter(isProse).flatMap(({ text }) => sentencesOf(text));
  const words = sentences.flatMap(wordsOf).filter((word) => /\p{L}/u.test(word));
  const measures: TextMeasures = {
    words: words.length,
    sentences: sentences.length,
    syllables: words.reduce((total, word) => total + Math.max(1, syllable(word)), 0),
    characters: words.reduce((total, word) => total + charactersOf(word), 0),
  };
  if (words.length < READABILITY_WORDS_MIN) return { scored: false, measures, reason: "tooShort" };
  const stopWords = words.filter((word) => STOP_WORDS.has(word.toLowerCase())).length;
  if (stopWords < words.length * STOP_WORD_SHARE_MIN) {
    return { scored: false, measures, reason: "notEnglish" };
  }
  return { scored: true, measures, scores: scoresOf(measures) };
}

/**
 * Flesch Reading Ease: R. Flesch, "A new readability yardstick", Journal of Applied Psychology
 * 32, 1948. Flesch-Kincaid Grade: J. P. Kincaid et al., Research Branch Report 8-75, Naval
 * Technical Training Command, 1975. Automated Readability Index: R. J. Senter and E. A. Smith,
 * AMRL-TR-66-220, Aerospace Medical Research Laboratories, 1967.
 */
export function scoresOf(measures: TextMeasures): ReadabilityScores {
  const wordsPerSentence = measures.words / measures.sentences;
  const syllablesPerWord = measures.syllables / measures.words;
  const charactersPerWord = measures.characters / measures.words;
  const fleschReadingEase = 206.835 - 1.015 * wordsPerSentence - 84.6 * syllablesPerWord;
  return {
    fleschReadingEase,
    fleschKincaidGrade: 0.39 * wordsPerSentence + 11.8 * syllablesPerWord - 15.59,
    automatedReadabilityIndex: 4.71 * charactersPerWord + 0.5 * wordsPerSentence - 21.43,
    band: bandOf(fleschReadingEase),
  };
}

/** Flesch's name for a Reading Ease. */
export function bandOf(fleschReadingEase: number): ReadabilityBand {
  const found = READABILITY_BANDS.find(({ from }) => fleschReadingEase >= from);
  return found?.band ?? "very difficult";
}
