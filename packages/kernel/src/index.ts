export type { BoundKernel } from "./commands/bind-starts.ts";
export type { Maintained, MaintenanceBounds } from "./commands/maintain.ts";
export { WorkflowBuilder } from "./define/builder.ts";
export {
  checkOptions,
  nearestTo,
  type OptionKind,
  type OptionKinds,
  shown,
} from "./define/check-options.ts";
export type {
  DurableContext,
  StageContext,
  StageStorage,
  StepOptions,
  StepScope,
} from "./define/context.ts";
export { type Duration, toMs } from "./define/duration.ts";
export { checkWorkflow, createRegistry, type WorkflowRegistry } from "./define/registry.ts";
export type { RetryOptions } from "./define/retry-policy.ts";
export type { Schema } from "./define/schema.ts";
export {
  type AnyStage,
  defineStage,
  type FailurePolicy,
  type OutputsOf,
  type StageDefinition,
  type StageOptions,
} from "./define/stage.ts";
export {
  type AnyWorkflow,
  defineWorkflow,
  type Workflow,
  type WorkflowInput,
  type WorkflowOptions,
  type WorkflowOutput,
} from "./define/workflow.ts";
export type {
  AnsweredBeat,
  Command,
  Commands,
  CommandType,
  DispatchRelayed,
  ExecutionBudget,
  GhostReason,
  JobExecuted,
  ResultOf,
  RunChanged,
  RunCreate,
  RunCreated,
  RunCreateOutcome,
} from "./engine/command.ts";
export type { KernelParts } from "./engine/create-engine.ts";
export type { RenewalSource } from "./engine/live-sessions.ts";
export type { Poke } from "./engine/pokes.ts";
export type { StartSlot, StartSlotSource } from "./engine/start-slots.ts";
export { ERROR_CODES, type ErrorCode, type ErrorKind } from "./errors/codes.ts";
export { EngineError, type EngineErrorOptions } from "./errors/engine-error.ts";
export {
  NonDeterminismError,
  StageTimeoutError,
  StepInDoubtError,
  StepTimeoutError,
  WaitTimeoutError,
} from "./errors/execution-errors.ts";
export { CorruptRowError, PersistenceUnavailableError } from "./errors/persistence-errors.ts";
export { RetryableError, type RetryableErrorOptions, TerminalError } from "./errors/user-errors.ts";
export { createKernel, type Kernel } from "./kernel.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { FailedAt } from "./queries/failed-at.ts";
export type { RunView, StageHold } from "./queries/get-run.ts";
export type { Timeline } from "./queries/get-timeline.ts";
export type { RunFilter, RunPage } from "./queries/list-runs.ts";
export type { NoCompatibleWorker } from "./queries/no-compatible-worker.ts";
export type { OpenStage } from "./queries/open-stages.ts";
export type { Queries } from "./queries/queries.ts";
export type { Failure } from "./state/failure.ts";
export { foldEvents, type Ledger, ledgerOf } from "./state/fold.ts";
export { checkInvariants, type InvariantDump, type Violation } from "./state/invariants.ts";
export type { RunStatus } from "./state/run.ts";
