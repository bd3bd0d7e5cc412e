import { pathToFileURL } from "node:url";
import { sqsEvent, sqsRecord, urlEvent } from "../lambda/events.ts";
import type { handlers as onMemory } from "./on-memory.ts";
import type { handlers as onSqlite } from "./on-sqlite.ts";

type Deployed = { readonly handlers: typeof onMemory | typeof onSqlite };

/** In a process of its own: imports a bundle, starts a run over HTTP and executes its message. */
const started = performance.now();
const file = pathToFileURL(process.argv[2] ?? "").href;
const { api, jobs, messages } = ((await import(file)) as Deployed).handlers;
const imported = performance.now();
const body = JSON.stringify({ workflowId: "greet", input: "Ada" });
const { statusCode, body: answered } = await api(urlEvent("POST", "/runs", { body }));
const answeredAt = performance.now();
const [message = ""] = await messages();
const before = performance.now();
const context = { getRemainingTimeInMillis: () => 30_000 };
const failures = await jobs(sqsEvent(sqsRecord("m1", message)), context);
const handled = performance.now();
const { workflowRunId } = JSON.parse(answered) as { workflowRunId: string };
const run = await api(urlEvent("GET", `/runs/${workflowRunId}`));

console.log(
  JSON.stringify({
    statusCode,
    failures: failures.batchItemFailures.length,
    run: JSON.parse(run.body),
    /** From the start of the process. */
    processMs: started,
    importMs: imported - started,
    startMs: answeredAt - imported,
    jobMs: handled - before,
  }),
);
