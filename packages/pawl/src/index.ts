export type { NodeHost } from "@pawl/host-node";
export {
  type AnyStage,
  type AnyWorkflow,
  type DurableContext,
  type Duration,
  defineStage,
  defineWorkflow,
  EngineError,
  type ErrorCode,
  type ErrorKind,
  type Failure,
  type FailurePolicy,
  type Kernel,
  NonDeterminismError,
  type OutputsOf,
  RetryableError,
  type RetryOptions,
  type RunView,
  type Schema,
  type StageContext,
  type StageDefinition,
  type StageOptions,
  StageTimeoutError,
  StepInDoubtError,
  type StepOptions,
  StepTimeoutError,
  TerminalError,
  WaitTimeoutError,
  type Workflow,
  WorkflowBuilder,
  type WorkflowInput,
  type WorkflowOutput,
} from "@pawl/kernel";
export type { Environment } from "./locations.ts";
export type { HostOptions, PawlOptions, StartOptions } from "./options.ts";
export { type BoundPawl, type Pawl, pawl } from "./pawl.ts";
export { RunCancelledError, RunFailedError } from "./run-errors.ts";
export type { RunHandle } from "./run-handle.ts";
