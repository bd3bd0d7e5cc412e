import { analyseDocument, type DocumentAnalysis } from "../src/analyse/analyse-document.ts";
import { compareCorpus } from "../src/analyse/compare-corpus.ts";
import { collectDocuments } from "../src/collect/collect-documents.ts";
import type { ReportInput } from "../src/report/report-input.ts";
import type { RunAccount, StageAccount } from "../src/report/run-account.ts";
import { newFolder } from "./new-folder.ts";

export const PLAIN_RUN: RunAccount = {
  runId: "run-1",
  workflowId: "document-analysis",
  status: "completed",
  elapsedMs: 3200,
  stages: [
    stage("collect", { startMs: 0, durationMs: 120, workerPid: 11 }),
    stage("analyse", { item: "a.md", startMs: 120, durationMs: 900, workerPid: 12, attempts: 2 }),
  ],
  workers: [
    { pid: 11, fate: "killed", fromMs: 0, toMs: 500 },
    { pid: 12, fate: "finished", fromMs: 600, toMs: 3200 },
  ],
  pauses: [{ id: "pause", startMs: 1100, durationMs: 2000 }],
};

export const CRASH = {
  killedPid: 11,
  atMs: 500,
  successorPid: 12,
  resumedAtMs: 1400,
  stepsFinishedBefore: 23,
  stepsInterrupted: 1,
  stepsRunTwice: [],
} as const;

function stage(id: string, given: Partial<StageAccount>): StageAccount {
  const { item = "", attempts = 1, startMs = 0, durationMs = 0, workerPid = 0 } = given;
  const step = { key: `${id}-step`, attempts: 3, startMs, durationMs: 70, workerPid: 11 };
  const steps = [step];
  return { id, item, status: "completed", attempts, startMs, durationMs, workerPid, steps };
}

/** What a report is made of when these files are analysed. */
export async function reportInputOf(
  files: Readonly<Record<string, string>>,
  given: Partial<ReportInput> = {},
): Promise<ReportInput> {
  const from = await newFolder(files);
  const collection = await collectDocuments({ paths: ["."], from });
  const documents: DocumentAnalysis[] = [];
  for (const document of collection.documents) {
    const outcome = await analyseDocument({ document, root: collection.root }, async (_key, body) =>
      body(),
    );
    if (outcome.analysed) documents.push(outcome.analysis);
  }
  return {
    title: "Document analysis",
    rootName: "docs",
    generatedAt: "2026-02-03T14:05:00.000Z",
    documents,
    notes: collection.notes,
    comparison: compareCorpus(documents.map(({ document, terms }) => ({ id: document.id, terms }))),
    run: PLAIN_RUN,
    ...given,
  };
}
