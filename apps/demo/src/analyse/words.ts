import { clipped } from "../shown.ts";
import type { Passage } from "./document-structure.ts";

export interface WordCounts {
  readonly words: number;
  readonly distinctWords: number;
  /** Letters and digits inside words. */
  readonly characters: number;
  readonly sentences: number;
  readonly wordsPerSentence: number;
  readonly charactersPerWord: number;
  /** At 238 words a minute, the mean for silent reading of English prose. */
  readonly readingMinutes: number;
  readonly longestSentence: { readonly words: number; readonly text: string };
}

/** Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 109, 2019. */
const WORDS_PER_MINUTE = 238;
const SENTENCE_SHOWN_MAX = 280;

const wordSegmenter = new Intl.Segmenter("en", { granularity: "word" });
const sentenceSegmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** The words of a text in order, by the Unicode rules of word boundaries (UAX 29). */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of wordSegmenter.segment(text)) {
    if (isWordLike) words.push(segment);
  }
  return words;
}

/** The sentences of a text that hold at least one word. */
export function sentencesOf(text: string): readonly string[] {
  const sentences: string[] = [];
  for (const { segment } of sentenceSegmenter.segment(text)) {
    const sentence = segment.trim();
    if (/[\p{L}\p{N}]/u.test(sentence)) sentences.push(sentence);
  }
  return sentences;
}

/** Letters and digits of a word, accents not counted apart. */
export const charactersOf = (word: string): number => word.match(/[\p{L}\p{N}]/gu)?.length ?? 0;

/** Words of all passages; sentences of paragraphs and list items only. */
export function countWords(passages: readonly Passage[]): WordCounts {
  const distinct = new Set<string>();
  let words = 0;
  let characters = 0;
  for (const { text } of passages) {
    for (const word of wordsOf(text)) {
      words += 1;
      characters += charactersOf(word);
      distinct.add(word.toLowerCase());
    }
  }
  const sentences = passages.filter(isProse).flatMap(({ text }) => sentencesOf(text));
  const lengths = sentences.map((sentence) => wordsOf(sentence).length);
  return {
    words,
    distinctWords: distinct.size,
    characters,
    sentences: sentences.length,
    wordsPerSentence: ratio(sum(lengths), sentences.length),
    charactersPerWord: ratio(characters, words),
    readingMinutes: words / WORDS_PER_MINUTE,
    longestSentence: longest(sentences, lengths),
  };
}

/** True for text that is written in sentences. */
export const isProse = ({ kind }: Passage): boolean => kind === "paragraph" || kind === "item";

function longest(sentences: readonly string[], lengths: readonly number[]) {
  const words = lengths.reduce((most, length) => Math.max(most, length), 0);
  return { words, text: clipped(sentences[lengths.indexOf(words)] ?? "", SENTENCE_SHOWN_MAX) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const ratio = (of: number, to: number): number => (to === 0 ? 0 : of / to);
