/**
 * A worker on a run of three steps, each of which leaves a mark before it returns. It kills itself
 * where it is told: within the second step's body, after the mark, or once that step is recorded.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pawl } from "../src/index.ts";
import { countedWorkflow } from "./counted-workflow.ts";

const [directory = "", dies = ""] = process.argv.slice(2);
const marks = join(directory, "marks");
const die = (): Promise<never> => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
};
const counted = countedWorkflow({
  mark: async (line) => {
    appendFileSync(marks, `${line}\n`);
    if (dies === "beforeCommit" && line.startsWith("second")) await die();
  },
  recorded: async (step) => {
    if (dies === "afterCommit" && step === "second") await die();
  },
});
const app = await pawl({ workflows: [counted], directory, environment: {} });
const run = await app.start(counted, 7, { idempotencyKey: "the run" });
const output = await run.result({ timeoutMs: 30_000 });
process.send?.(output);
await app.stop();
process.disconnect();
