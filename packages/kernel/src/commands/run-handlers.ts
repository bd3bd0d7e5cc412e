import type { Handlers } from "../engine/handler.ts";
import { advanceRun } from "./advance-run.ts";
import { controlRun } from "./control-run.ts";
import { createManyRuns } from "./create-many-runs.ts";
import { createRun } from "./create-run.ts";
import { deleteRun, purgeRuns } from "./delete-run.ts";
import { claimPending } from "./start-run.ts";

/** The verbs of runs. */
export const runHandlers: Handlers<"run"> = {
  "run.create": createRun,
  "run.createMany": createManyRuns,
  "run.claimPending": claimPending,
  "run.transition": (engine, { workflowRunId }) => advanceRun(engine, workflowRunId),
  "run.cancel": controlRun,
  "run.terminate": controlRun,
  "run.pause": controlRun,
  "run.resume": controlRun,
  "run.delete": deleteRun,
  "run.purge": purgeRuns,
};
