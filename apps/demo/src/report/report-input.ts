import type { DocumentAnalysis } from "../analyse/analyse-document.ts";
import type { CorpusComparison } from "../analyse/compare-corpus.ts";
import type { CollectNote } from "../collect/document.ts";
import type { RunAccount } from "./run-account.ts";

/** Everything a report is made of. Plain data; the same input gives the same report. */
export interface ReportInput {
  readonly title: string;
  /** Name of the folder that was read, for people. */
  readonly rootName: string;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly documents: readonly DocumentAnalysis[];
  readonly notes: readonly CollectNote[];
  readonly comparison: CorpusComparison;
  readonly run: RunAccount;
}
