/** A worker process of the demo: runs what it finds in a directory until its parent lets go. */
import { join } from "node:path";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { accountOf } from "../evidence/account.ts";
import { readKill } from "../evidence/crash.ts";
import { Journal } from "../evidence/journal.ts";
import { recordsIn } from "../evidence/records.ts";
import type { RunAccount } from "../report/run-account.ts";
import { documentAnalysis } from "../workflow/document-analysis.ts";
import { engineOf } from "./engine-of.ts";

const [directory = "", concurrency = "1"] = process.argv.slice(2);
const journal = new Journal(directory);
const persistence = await createSqlitePersistence({ path: join(directory, "pawl.db") });
const records = recordsIn(persistence);
const workflow = documentAnalysis({ journal, account });
const { kernel, host } = engineOf({
  directory,
  persistence,
  workflow,
  concurrency: Number(concurrency),
});

async function account(runId: string): Promise<RunAccount> {
  const { createdAt, workflowId } = await kernel.query.getRun(runId);
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
process.once("disconnect", () => void host.stop());
host.onShutdown(() => persistence.close());
await host.start();
journal.write("joined");
