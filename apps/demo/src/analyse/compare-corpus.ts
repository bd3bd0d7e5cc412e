import {
  type CorpusTerms,
  corpusTermsOf,
  type Keyword,
  keywordsOf,
  termRarity,
} from "./keywords.ts";
import { type ComparedDocument, compareDocuments, type Similarity } from "./similarity.ts";

export interface CorpusComparison {
  /** Of each document, in the order given. */
  readonly keywords: readonly { readonly id: string; readonly keywords: readonly Keyword[] }[];
  /** Of all documents together. */
  readonly corpusKeywords: readonly Keyword[];
  readonly similarity: Similarity;
}

const KEYWORDS_PER_DOCUMENT = 12;
const CORPUS_KEYWORDS = 16;

/** Everything that can be said only once all documents are known. */
export function compareCorpus(documents: readonly ComparedDocument[]): CorpusComparison {
  const corpus = corpusTermsOf(documents.map(({ terms }) => terms));
  return {
    keywords: documents.map(({ id, terms }) => ({
      id,
      keywords: keywordsOf(terms, corpus, KEYWORDS_PER_DOCUMENT),
    })),
    corpusKeywords: corpusKeywordsOf(documents, corpus),
    similarity: compareDocuments(documents, corpus),
  };
}

/**
 * A document adds (1 + ln count) · ln(1 + N / n) to a term's score (the source of `termWeight`):
 * a term of many documents outweighs one that a single document repeats.
 */
function corpusKeywordsOf(
  documents: readonly ComparedDocument[],
  corpus: CorpusTerms,
): readonly Keyword[] {
  const sums = new Map<string, Keyword & { readonly most: number }>();
  for (const { terms } of documents) {
    for (const term of terms.terms) {
      const before = sums.get(term.stem);
      const most = Math.max(term.count, before?.most ?? 0);
      sums.set(term.stem, {
        word: before && before.most >= term.count ? before.word : term.word,
        count: term.count + (before?.count ?? 0),
        score: (1 + Math.log(term.count)) * termRarity(term, corpus) + (before?.score ?? 0),
        most,
      });
    }
  }
  return [...sums.values()]
    .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
    .slice(0, CORPUS_KEYWORDS)
    .map(({ word, count, score }) => ({ word, count, score }));
}
