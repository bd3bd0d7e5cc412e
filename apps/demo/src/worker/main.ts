/** A worker process of the demo: runs what it finds in a directory until its parent lets go. */
import { join } from "node:path";
import { createConsoleLogger } from "@pawl/host-node";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { pawl } from "pawl";
import { accountOf } from "../evidence/account.ts";
import { readKill } from "../evidence/crash.ts";
import { Journal } from "../evidence/journal.ts";
import { recordsIn } from "../evidence/records.ts";
import type { RunAccount } from "../report/run-account.ts";
import { documentAnalysis } from "../workflow/document-analysis.ts";

const [directory = "", concurrency = "1"] = process.argv.slice(2);
const journal = new Journal(directory);
const persistence = await createSqlitePersistence({ path: join(directory, "pawl.db") });
const records = recordsIn(persistence);
// Its host is started below: stages may ask the app for an account of their run.
const app = await pawl({
  workflows: [documentAnalysis({ journal, account })],
  directory,
  concurrency: Number(concurrency),
  worker: false,
  environment: {},
  logger: createConsoleLogger({ level: "error", format: "text" }),
  // A demo ends before a worker's usual second is over.
  host: { jobPollIntervalMs: 50, orchestrationIntervalMs: 1_000 },
});

async function account(runId: string): Promise<RunAccount> {
  const { createdAt, workflowId } = await app.kernel.query.getRun(runId);
  return accountOf({
    runId,
    workflowId,
    startedAt: createdAt,
    now: Date.now(),
    stages: await records.stages(runId),
    steps: await records.steps(runId),
    journal: journal.read(),
    kill: await readKill(directory),
  });
}

// Ctrl-C reaches every process of the terminal; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.once("disconnect", () => void app.stop());
app.host.onShutdown(() => persistence.close());
await app.host.start();
journal.write("joined");
