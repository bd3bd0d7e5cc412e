import { checkWorkflow, type RunCreate, type Workflow } from "@pawl/kernel";
import { checkStartOptions, type StartOptions } from "./options.ts";

/** What `start` takes after the workflow: its input, unless that may be undefined, and options. */
export type StartArguments<In> = undefined extends In
  ? [input?: In, options?: StartOptions]
  : [input: In, options?: StartOptions];

/** @throws EngineError E_ARGUMENT_INVALID */
export function startCommand<In, Out>(
  workflow: Workflow<In, Out>,
  [input, given = {}]: StartArguments<NoInfer<In>>,
): RunCreate {
  checkWorkflow(workflow, "The first argument of start");
  checkStartOptions(given);
  const { startAt, ...options } = given;
  return {
    type: "run.create",
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    input,
    ...options,
    ...(startAt === undefined ? {} : { startAt: Number(startAt) }),
  };
}
