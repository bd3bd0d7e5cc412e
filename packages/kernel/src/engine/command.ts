import type { HeartbeatReply } from "../ports/heartbeat.ts";
import type { SessionRef, StageKey } from "../state/ids.ts";
import type { SeenSession } from "../state/lease.ts";
import type { DeadLetterKind, DeadLetterRow } from "../state/records.ts";
import type { RunStatus } from "../state/run.ts";
import type { ClaimedStage } from "../state/snapshot.ts";

/** Who asks. Every command but `run.create` is harmless to ask twice; that one takes a key. */
export interface CommandBase {
  readonly actor?: string;
}

export interface RunCreate extends CommandBase {
  readonly type: "run.create";
  readonly workflowId: string;
  /** Starting again with the same key and input answers the same run. */
  readonly idempotencyKey?: string;
  /** The version registered last when absent. */
  readonly workflowVersion?: string;
  readonly input?: unknown;
  /** Config by stage id, merged with the defaults of the stages' schemas. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly queue?: string;
  /** Higher is claimed first; ageing keeps the rest from starving. Default 0. */
  readonly priority?: number;
  /** Epoch milliseconds; the run is pending until then. */
  readonly startAt?: number;
}

export interface RunCreated {
  readonly workflowRunId: string;
  readonly status: RunStatus;
  /** True when an earlier call with this key started the run. */
  readonly replayed: boolean;
}

/** Outcome of one of several starts. */
export type RunCreateOutcome = RunCreated | { readonly error: unknown };

interface RunVerb<T extends string> extends CommandBase {
  readonly type: T;
  readonly workflowRunId: string;
  readonly reason?: string;
}

export interface RunChanged {
  readonly workflowRunId: string;
  readonly status: RunStatus;
  /** False when what was asked for held already. */
  readonly changed: boolean;
}

export interface PurgeRuns extends CommandBase {
  readonly type: "run.purge";
  /** Runs that ended before this instant, epoch milliseconds. */
  readonly endedBefore: number;
  readonly limit?: number;
  readonly dryRun?: boolean;
}

export interface JobClaim {
  readonly type: "job.claim";
  readonly session: SessionRef;
  readonly limit: number;
  readonly queues?: readonly string[];
  readonly stages?: readonly StageKey[];
  readonly alone?: boolean;
}

export type JobOutcome = "completed" | "suspended" | "failed" | "ghost" | "early" | "busy";

/** Says when a host wants its worker back, however much there would be to do. */
export interface ExecutionBudget {
  /** Settles: nothing further begins; what is under way ends, then the stage is given back. */
  readonly spent: Promise<unknown>;
  /** Settles: what is under way is aborted and given back, to be tried again a little later. */
  readonly over: Promise<unknown>;
}

/** A hint, which is claimed first, or a stage claimed before. */
export type JobExecute = {
  readonly type: "job.execute";
  readonly session: SessionRef;
  readonly budget?: ExecutionBudget;
} & ({ readonly claimed: ClaimedStage } | { readonly job: unknown });

export interface JobExecuted {
  readonly outcome: JobOutcome;
  /** Stages executed: more than one after sticky continuation. */
  readonly stages: number;
  /** When to look again, in database time, if anything is known to fall due. */
  readonly retryAt?: number;
  /** Of a ghost: why there was nothing to do. */
  readonly ghost?: GhostReason;
}

/**
 * Why a message can be acknowledged with nothing done. The stage has ended, is not there in this
 * attempt or generation, is executed by another, or waits for others or an operator; whoever makes
 * it claimable dispatches it. The run or stage is unknown. Or it is no job of this engine.
 */
export type GhostReason =
  | "finished"
  | "stale"
  | "owned"
  | "waiting"
  | "unknown"
  | "malformed"
  | "otherVersion"
  | "tooLarge";

export interface WorkerRegister {
  readonly type: "worker.register";
  readonly workerId: string;
  readonly host: string;
  readonly pid: number;
  readonly build?: string;
  readonly queues?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly leaseTtlMs?: number;
}

export interface WorkerRegistered extends SessionRef {
  readonly expiresAt: number;
  /** This long before its lease ends, by its own clock, a session is not used any more. */
  readonly leaseMarginMs: number;
}

/** A heartbeat, or what one that was made elsewhere was answered. */
export interface WorkerRenew {
  readonly type: "worker.beat";
  readonly session: SessionRef;
  readonly answered?: AnsweredBeat;
}

export interface AnsweredBeat {
  readonly reply: HeartbeatReply;
  /** Instant before the request was sent, by the kernel's monotonic clock. */
  readonly before: number;
}

export interface WorkerBeat {
  /** False: the session is gone; register again. */
  readonly alive: boolean;
  readonly draining: boolean;
}

interface Sweep<T extends string> {
  readonly type: T;
  /** Rows looked at. */
  readonly limit?: number;
}

export interface DeadLetterVerb<T extends string> extends CommandBase {
  readonly type: T;
  readonly id: string;
  readonly reason?: string;
}

/** What became of jobs that are not with the transport. */
export interface DispatchRelayed {
  /** Jobs that their commit's process had not handed over. */
  readonly sent: number;
  /** Those that the transport did not take: tried again, later each time. */
  readonly failed: number;
  /** Ready stages that nobody had claimed for long, dispatched once more. */
  readonly redispatched: number;
}

/** Every command with its result. */
export interface Commands {
  "run.create": [RunCreate, RunCreated];
  "run.createMany": [
    { readonly type: "run.createMany"; readonly runs: readonly Omit<RunCreate, "type">[] },
    readonly RunCreateOutcome[],
  ];
  "run.claimPending": [Sweep<"run.claimPending">, { readonly claimed: number }];
  "run.transition": [RunVerb<"run.transition">, RunChanged];
  "run.cancel": [RunVerb<"run.cancel">, RunChanged];
  "run.terminate": [RunVerb<"run.terminate">, RunChanged];
  "run.pause": [RunVerb<"run.pause">, RunChanged];
  "run.resume": [RunVerb<"run.resume">, RunChanged];
  "run.delete": [
    RunVerb<"run.delete"> & { readonly force?: boolean },
    { readonly deleted: boolean },
  ];
  "run.purge": [PurgeRuns, { readonly purged: number; readonly runIds: readonly string[] }];
  "job.claim": [JobClaim, readonly ClaimedStage[]];
  "job.execute": [JobExecute, JobExecuted];
  "stage.pollSuspended": [Sweep<"stage.pollSuspended">, { readonly checked: number }];
  /**
   * `dead` names sessions whose process is known to be gone: they are not waited for. One given as
   * it was seen is spared when it has beaten since.
   */
  "lease.reapStale": [
    Sweep<"lease.reapStale"> & { readonly dead?: readonly (string | SeenSession)[] },
    { readonly sessions: number; readonly stages: number },
  ];
  "outbox.flush": [Sweep<"outbox.flush">, { readonly flushed: number }];
  "dispatch.relay": [Sweep<"dispatch.relay">, DispatchRelayed];
  "worker.register": [WorkerRegister, WorkerRegistered];
  "worker.beat": [WorkerRenew, WorkerBeat];
  "worker.drain": [{ readonly type: "worker.drain"; readonly session: SessionRef }, WorkerBeat];
  "worker.deregister": [
    { readonly type: "worker.deregister"; readonly session: SessionRef },
    { readonly released: number },
  ];
  "deadletter.list": [
    {
      readonly type: "deadletter.list";
      readonly kind?: DeadLetterKind;
      readonly limit?: number;
      readonly after?: string;
      readonly resolved?: boolean;
    },
    readonly DeadLetterRow[],
  ];
  "deadletter.replay": [DeadLetterVerb<"deadletter.replay">, { readonly replayed: boolean }];
  "deadletter.discard": [DeadLetterVerb<"deadletter.discard">, { readonly discarded: boolean }];
}

export type CommandType = keyof Commands;
export type Command = Commands[CommandType][0];
export type ResultOf<T extends CommandType> = Commands[T][1];
