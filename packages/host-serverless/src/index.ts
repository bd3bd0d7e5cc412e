export type { JobsProcessed } from "./available-jobs.ts";
export type { ServerlessHostOptions } from "./host-options.ts";
export type { Call } from "./invocation-budget.ts";
export type { HandledOutcome, JobCounts, JobHandled } from "./job-runner.ts";
export { countQueries, createQueryCounter, type QueryCounter } from "./query-counter.ts";
export {
  createServerlessHost,
  type Invocation,
  type MaintenanceTick,
  type ServerlessHost,
  type ServerlessStats,
} from "./serverless-host.ts";
