/** One worker of a fleet on a directory: says what each step's body did, before it returns. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pawl } from "../src/index.ts";
import { fleetWorkflow } from "./fleet-workflow.ts";

const [directory = ""] = process.argv.slice(2);
const effects = join(directory, "effects");
await pawl({
  workflows: [
    fleetWorkflow((key) => {
      appendFileSync(effects, `${key}\n`);
      process.send?.("step");
    }),
  ],
  directory,
  environment: {},
  handleSignals: true,
});
process.send?.("up");
