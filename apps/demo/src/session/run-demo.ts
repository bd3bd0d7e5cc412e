import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectDocuments } from "../collect/collect-documents.ts";
import { ownDocuments } from "../collect/own-documents.ts";
import type { DemoOptions } from "../terminal/arguments.ts";
import type { ProgressView } from "../terminal/progress-state.ts";
import { type Job, openSession } from "./demo-session.ts";
import { reportFolder } from "./report-folder.ts";
import { watchRun } from "./watch-run.ts";

export interface DemoPlaces {
  /** Absolute path of the folder in which the user stands. */
  readonly from: string;
  /** Absolute path of the repository, whose own documents are read when no path is named. */
  readonly repository: string;
}

export interface DemoParts {
  readonly places: DemoPlaces;
  readonly view: ProgressView;
  /** Ends the demo: its workers are stopped, and what it stored is removed unless kept. */
  readonly signal: AbortSignal;
  /** Told where the state is that stays when this run ends before its time. */
  readonly kept: (directory: string) => void;
}

/**
 * One run of the demo, from its documents to its report. Answers whether all that the engine
 * promises was found to hold.
 *
 * @throws MissingPathError, NoDocumentsError, ReportFolderError, RunFailedError
 */
export async function runDemo(options: DemoOptions, parts: DemoParts): Promise<boolean> {
  const { from, repository } = parts.places;
  const own = options.paths.length === 0;
  const request = own
    ? { paths: [...(await ownDocuments(repository))], from: repository }
    : { paths: [...options.paths], from };
  const out = await reportFolder(from, options.out);
  const { documents } = await collectDocuments(request);
  const directory = await mkdtemp(join(tmpdir(), "pawl-demo-"));
  try {
    return await runIn({ options, request, documents: documents.length, out, directory }, parts);
  } catch (error) {
    if (options.keep) parts.kept(directory);
    throw error;
  } finally {
    if (!options.keep) await rm(directory, { recursive: true, force: true });
  }
}

async function runIn(job: Job, { view, signal }: DemoParts): Promise<boolean> {
  const session = await openSession(job);
  try {
    return await watchRun(session, view, signal);
  } finally {
    await session.close();
  }
}
