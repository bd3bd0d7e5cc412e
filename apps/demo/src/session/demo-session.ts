import { join } from "node:path";
import { createConsoleLogger } from "@pawl/host-node";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { type Kernel, type Pawl, pawl, type RunHandle, type WorkflowInput } from "pawl";
import { Journal } from "../evidence/journal.ts";
import { type Records, recordsIn } from "../evidence/records.ts";
import type { DemoOptions } from "../terminal/arguments.ts";
import { type DocumentAnalysisWorkflow, documentAnalysis } from "../workflow/document-analysis.ts";
import type { ReportWritten } from "../workflow/report-stage.ts";
import { expectedSteps } from "./progress.ts";
import { WorkerProcesses } from "./worker-processes.ts";

export interface Job {
  readonly options: DemoOptions;
  readonly request: WorkflowInput<DocumentAnalysisWorkflow>;
  /** How many documents there are to read. */
  readonly documents: number;
  /** Absolute path of the folder for the reports. */
  readonly out: string;
  /** Holds everything of this run and of no other. */
  readonly directory: string;
}

/** A run under way, seen from the process that started it and does nothing of it. */
export interface DemoSession {
  readonly job: Job;
  readonly kernel: Kernel;
  readonly run: RunHandle<ReportWritten>;
  readonly startedAt: number;
  readonly workers: WorkerProcesses;
  readonly records: Records;
  readonly journal: Journal;
  readonly expected: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts the run, then its workers. */
export async function openSession(job: Job): Promise<DemoSession> {
  const { directory, options } = job;
  const journal = new Journal(directory);
  const workflow = documentAnalysis({ journal, account: ownedByWorkers });
  const app = await pawl({
    workflows: [workflow],
    directory,
    worker: false,
    environment: {},
    logger: createConsoleLogger({ level: "error" }),
  });
  const persistence = await createSqlitePersistence({ path: join(directory, "pawl.db") });
  const records = recordsIn(persistence);
  const count = options.crash ? 1 : options.workers;
  const workers = new WorkerProcesses(directory, count);
  const close = async (): Promise<void> => {
    await workers.stop();
    await persistence.close();
    await app.stop();
  };
  try {
    const run = await app.start(workflow, job.request, {
      config: { pause: { ms: options.pauseMs }, report: { directory: job.out } },
    });
    const startedAt = await startOf(app, run.id);
    for (let started = 0; started < count; started += 1) workers.start();
    const expected = expectedSteps(job.documents);
    return { job, kernel: app.kernel, run, startedAt, workers, records, journal, expected, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const startOf = async ({ kernel }: Pawl, runId: string): Promise<number> =>
  (await kernel.query.getRun(runId)).createdAt;

const ownedByWorkers = (): never => {
  throw new Error("The process that watches the run executes no stage of it.");
};
