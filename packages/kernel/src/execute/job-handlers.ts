import { claimJobs } from "../commands/claim-job.ts";
import type { Handlers } from "../engine/handler.ts";
import { executeJob } from "./execute-job.ts";

/** The verbs of jobs. */
export const jobHandlers: Handlers<"job"> = {
  "job.claim": claimJobs,
  "job.execute": executeJob,
};
