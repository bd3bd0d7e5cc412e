import type { AnyWorkflow, Kernel, RunCreate, RunView } from "@pawl/kernel";

export type HostStart = Pick<RunCreate, "idempotencyKey" | "startAt">;

/** A host at work on a store of its own. */
export interface HostSubject {
  /** Starts a run and answers its id. */
  start(workflowId: string, input?: unknown, options?: HostStart): Promise<string>;
  /** The run, once it has ended; also of a run that was started before `restart`. */
  result(runId: string): Promise<RunView>;
  /** That of the host that works now: another after `restart`. */
  readonly kernel: Pick<Kernel, "dispatch" | "query">;
  /** The host ends without draining, if it has not ended, and another takes over its store. */
  restart(): Promise<void>;
  /** Ends the host in order. Nothing is called after it but `restart`, or `stop` again. */
  stop(): Promise<void>;
}

export interface HostConformanceOptions {
  /** Stands before every case. */
  readonly name: string;
  /** A host of these workflows on an empty store; called once for every case. */
  readonly create: (workflows: readonly AnyWorkflow[]) => Promise<HostSubject>;
  /** Longest wait for anything that must come, in milliseconds. Default 15,000. */
  readonly patienceMs?: number;
}
