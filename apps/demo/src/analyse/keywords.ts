import { stemmer } from "stemmer";
import type { Passage } from "./document-structure.ts";
import { STOP_WORDS } from "./stop-words.ts";
import { wordsOf } from "./words.ts";

/** A group of words with one stem, such as "run" and "runs". */
export interface Term {
  readonly stem: string;
  /** The form of it that the text uses most. */
  readonly word: string;
  readonly count: number;
}

export interface TermCounts {
  /** Most frequent first. At most `TERMS_MAX`. */
  readonly terms: readonly Term[];
  /** Occurrences of all terms, those beyond the limit too. */
  readonly total: number;
}

export interface Keyword {
  readonly word: string;
  readonly count: number;
  readonly score: number;
}

/** What a corpus knows about its terms. */
export interface CorpusTerms {
  readonly documents: number;
  /** Number of documents that hold a stem. */
  readonly documentsWith: ReadonlyMap<string, number>;
}

export const TERMS_MAX = 5000;

/** How often each term occurs; stop words, numbers and single letters are left out. */
export function countTerms(passages: readonly Passage[]): TermCounts {
  const forms = new Map<string, Map<string, number>>();
  let total = 0;
  for (const word of passages.flatMap(({ text }) => termWordsOf(text))) {
    const stem = stemmer(word.toLowerCase());
    const found = forms.get(stem) ?? new Map<string, number>();
    forms.set(stem, found.set(word, (found.get(word) ?? 0) + 1));
    total += 1;
  }
  const terms = [...forms].map(([stem, counts]) => termOf(stem, counts)).sort(byCount);
  return { terms: terms.slice(0, TERMS_MAX), total };
}

const CONTRACTION = /(?:n['’]t|['’](?:d|ll|m|re|ve))$/i;

/** Words that may be terms; a name in camelCase keeps its capitals. */
function termWordsOf(text: string): readonly string[] {
  return wordsOf(text.normalize("NFKC"))
    .filter((word) => !CONTRACTION.test(word))
    .flatMap((word) => word.replace(/['’]s$/i, "").split(/[._:]/))
    .map((word) => (/\p{Ll}\p{Lu}/u.test(word) ? word : word.toLowerCase()))
    .filter((word) => /\p{L}/u.test(word) && [...word].length > 1)
    .filter((word) => !STOP_WORDS.has(word.toLowerCase()));
}

function termOf(stem: string, forms: ReadonlyMap<string, number>): Term {
  const sorted = [...forms].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const count = sorted.reduce((sum, [, n]) => sum + n, 0);
  return { stem, word: sorted[0]?.[0] ?? stem, count };
}

const byCount = (a: Term, b: Term): number => b.count - a.count || (a.stem < b.stem ? -1 : 1);

export function corpusTermsOf(corpus: readonly TermCounts[]): CorpusTerms {
  const documentsWith = new Map<string, number>();
  for (const { stem } of corpus.flatMap(({ terms }) => terms)) {
    documentsWith.set(stem, (documentsWith.get(stem) ?? 0) + 1);
  }
  return { documents: corpus.length, documentsWith };
}

/**
 * TF-IDF of a term: its share of the document times ln(1 + N / n), the weight of Witten, Moffat
 * and Bell, "Managing Gigabytes", 1999, section 4.4. It stays above zero when a term is in every
 * document, so a corpus of one still has keywords.
 */
export function termWeight(term: Term, total: number, corpus: CorpusTerms): number {
  return (term.count / total) * termRarity(term, corpus);
}

/** ln(1 + N / n) for a term that n of N documents hold. */
export function termRarity({ stem }: Term, corpus: CorpusTerms): number {
  return Math.log(1 + corpus.documents / (corpus.documentsWith.get(stem) ?? 1));
}

/** The terms that tell a document from the others of its corpus, best first. */
export function keywordsOf(
  counts: TermCounts,
  corpus: CorpusTerms,
  most: number,
): readonly Keyword[] {
  return counts.terms
    .map((term) => ({
      word: term.word,
      count: term.count,
      score: termWeight(term, counts.total, corpus),
    }))
    .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
    .slice(0, most);
}
