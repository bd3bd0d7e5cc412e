import type { DocumentAnalysis, DocumentOutcome } from "../analyse/analyse-document.ts";
import type { CollectNote } from "../collect/document.ts";
import type { PartStage } from "./stage-names.ts";

/** What became of the documents, by the stage that had them. */
export type Outcomes = Readonly<Record<PartStage, readonly DocumentOutcome[]>>;

/** The documents that could be analysed, sorted by path. */
export const analysesOf = (outcomes: Outcomes): readonly DocumentAnalysis[] =>
  Object.values(outcomes)
    .flat()
    .flatMap((outcome) => (outcome.analysed ? [outcome.analysis] : []))
    .sort((a, b) => (a.document.path < b.document.path ? -1 : 1));

/** What is to be said of those that could not. */
export const notesOf = (outcomes: Outcomes): readonly CollectNote[] =>
  Object.values(outcomes)
    .flat()
    .flatMap((outcome) => (outcome.analysed ? [] : [outcome.note]));
