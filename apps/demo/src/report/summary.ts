import type { DocumentAnalysis } from "../analyse/analyse-document.ts";
import type { Keyword } from "../analyse/keywords.ts";
import { type CheckedLink, isBroken } from "../analyse/links.ts";
import type { DocumentPair } from "../analyse/similarity.ts";
import type { ReportInput } from "./report-input.ts";

/** One document as both kinds of report show it. */
export interface DocumentSummary {
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly analysis: DocumentAnalysis;
  readonly keywords: readonly Keyword[];
  readonly broken: readonly CheckedLink[];
  /** Closest other documents, best first. */
  readonly nearest: readonly Neighbour[];
}

export interface Neighbour {
  readonly id: string;
  readonly path: string;
  readonly cosine: number;
  readonly shared: readonly string[];
}

export interface Totals {
  readonly documents: number;
  readonly words: number;
  readonly readingMinutes: number;
  readonly headings: number;
  readonly codeLines: number;
  readonly links: number;
  readonly broken: number;
}

export interface ReportSummary {
  readonly totals: Totals;
  /** Sorted by path. */
  readonly documents: readonly DocumentSummary[];
  /** Path of every document by its id. */
  readonly paths: ReadonlyMap<string, string>;
}

const NEIGHBOURS = 3;

/** The figures and orders that the Markdown and the HTML report have in common. */
export function summaryOf({ documents, comparison }: ReportInput): ReportSummary {
  const paths = new Map(documents.map(({ document }) => [document.id, document.path]));
  const keywords = new Map(comparison.keywords.map((each) => [each.id, each.keywords]));
  const summaries = documents.map((analysis) => ({
    id: analysis.document.id,
    path: analysis.document.path,
    title: analysis.structure.title,
    analysis,
    keywords: keywords.get(analysis.document.id) ?? [],
    broken: analysis.links.links.filter(isBroken),
    nearest: nearestOf(analysis.document.id, comparison.similarity.pairs, paths),
  }));
  return {
    totals: totalsOf(documents),
    documents: summaries.sort((a, b) => (a.path < b.path ? -1 : 1)),
    paths,
  };
}

function totalsOf(documents: readonly DocumentAnalysis[]): Totals {
  const sum = (of: (analysis: DocumentAnalysis) => number): number =>
    documents.reduce((total, analysis) => total + of(analysis), 0);
  return {
    documents: documents.length,
    words: sum(({ words }) => words.words),
    readingMinutes: sum(({ words }) => words.readingMinutes),
    headings: sum(({ structure }) => structure.counts.headings),
    codeLines: sum(({ structure }) => structure.counts.codeLines),
    links: sum(({ links }) => links.links.length),
    broken: sum(({ links }) => links.broken),
  };
}

function nearestOf(
  id: string,
  pairs: readonly DocumentPair[],
  paths: ReadonlyMap<string, string>,
): readonly Neighbour[] {
  return pairs
    .filter((pair) => pair.a === id || pair.b === id)
    .slice(0, NEIGHBOURS)
    .map(({ a, b, cosine, shared }) => {
      const other = a === id ? b : a;
      return { id: other, path: paths.get(other) ?? other, cosine, shared };
    });
}

/** Most words first. */
export const byWords = (documents: readonly DocumentSummary[]): readonly DocumentSummary[] =>
  [...documents].sort((a, b) => b.analysis.words.words - a.analysis.words.words);

/** Documents with broken links first, then those with most links; none without a link. */
export const byLinkHealth = (documents: readonly DocumentSummary[]): readonly DocumentSummary[] =>
  documents
    .filter(({ analysis }) => analysis.links.links.length > 0)
    .sort(
      (a, b) =>
        b.broken.length - a.broken.length ||
        b.analysis.links.links.length - a.analysis.links.links.length,
    );

/** What is wrong with a broken link, in words. */
export function faultOf({ state, target, leadsTo }: CheckedLink): string {
  if (state === "missingFile") return `no file ${leadsTo}`;
  const fragment = target.slice(target.indexOf("#"));
  return leadsTo === "" ? `no ${fragment} in this document` : `no ${fragment} in ${leadsTo}`;
}

/** Why a document has no readability score, in words. */
export const reasonUnscored = (reason: "tooShort" | "notEnglish"): string =>
  reason === "tooShort" ? "under 100 words of prose" : "not English prose";

/** Minutes of reading: under a minute, 7 min, 1 h 20 min. */
export function shownMinutes(minutes: number): string {
  if (minutes < 1) return "< 1 min";
  const whole = Math.round(minutes);
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}
