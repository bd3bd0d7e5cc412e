import type { CollectNote, DocumentRef } from "../collect/document.ts";
import { type DocumentSource, readDocument } from "../collect/read-document.ts";
import type { DocumentStructure } from "./document-structure.ts";
import { countTerms, type TermCounts } from "./keywords.ts";
import { checkLinks, type LinkReport } from "./links.ts";
import { measureReadability, type Readability } from "./readability.ts";
import { extractStructure } from "./structure.ts";
import { countWords, type WordCounts } from "./words.ts";

export interface DocumentInput {
  readonly document: DocumentRef;
  readonly root: string;
}

export interface DocumentAnalysis {
  readonly document: DocumentRef;
  readonly source: Omit<DocumentSource, "text">;
  readonly structure: Pick<DocumentStructure, "title" | "headings" | "counts">;
  readonly words: WordCounts;
  readonly links: LinkReport;
  readonly readability: Readability;
  readonly terms: TermCounts;
}

export type DocumentOutcome =
  | { readonly analysed: true; readonly analysis: DocumentAnalysis }
  | { readonly analysed: false; readonly note: CollectNote };

/** Runs a body once under a key and gives its result; `ctx.step` is one. */
export type RunStep = <T>(key: string, body: () => T | Promise<T>) => Promise<T>;

/** Keys of the steps of one document, in the order in which they run. */
export const DOCUMENT_STEPS = ["extract", "words", "links", "readability", "keywords"] as const;

type Extraction =
  | {
      readonly read: true;
      readonly source: Omit<DocumentSource, "text">;
      readonly structure: DocumentStructure;
    }
  | { readonly read: false; readonly note: CollectNote };

/** Everything that can be said of one document alone, in steps of their own. */
export async function analyseDocument(
  input: DocumentInput,
  runStep: RunStep,
): Promise<DocumentOutcome> {
  const { document, root } = input;
  const extraction = await runStep("extract", () => extractDocument(document));
  if (!extraction.read) return { analysed: false, note: extraction.note };
  const { source, structure } = extraction;
  const { passages, links, anchors, title, headings, counts } = structure;
  const analysis: DocumentAnalysis = {
    document,
    source,
    structure: { title, headings, counts },
    words: await runStep("words", () => countWords(passages)),
    links: await runStep("links", () => checkLinks({ document, root, links, anchors })),
    readability: await runStep("readability", () => measureReadability(passages)),
    terms: await runStep("keywords", () => countTerms(passages)),
  };
  return { analysed: true, analysis };
}

/** Reads and takes apart in one step, so that the text itself is not recorded beside its parts. */
async function extractDocument(document: DocumentRef): Promise<Extraction> {
  const reading = await readDocument(document);
  if (!reading.read) return reading;
  const { text, ...source } = reading.source;
  return { read: true, source, structure: extractStructure(document.format, text) };
}
