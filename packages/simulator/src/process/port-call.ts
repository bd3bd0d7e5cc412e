import type { CommitPlan } from "@pawl/kernel/ports";

export type PortName = "database" | "blob" | "queue" | "sink" | "digest";

/** A call of a virtual process, as faults and checks see it. */
export interface PortCall {
  readonly port: PortName;
  readonly method: string;
  readonly plans: readonly CommitPlan[];
  /** May change rows. */
  readonly writes: boolean;
  /** The lease that a heartbeat asks for. */
  readonly beat?: { readonly session: string; readonly ttlMs: number };
}

/** Where a process may die at a call. */
export type CrashSide = "before" | "after" | "answered";

/** What becomes of a call; nothing special when empty. */
export interface Fate {
  /** Passed before it takes effect. */
  readonly delayMs?: number;
  /** Rejects with this, after the effect when `applied`. */
  readonly error?: Error;
  readonly applied?: boolean;
  /** Refuses instead of taking effect. */
  readonly refuse?: "busy" | "stale";
  /** The process is gone before the effect, before the answer, or when it has dealt with it. */
  readonly crash?: CrashSide;
}

/** A call with its effect, ready to be made. */
export interface Effect<T> extends PortCall {
  /** Takes effect and answers, without waiting for anything but microtasks. */
  readonly run: () => Promise<T>;
  /** As if refused; calls without it go through. */
  readonly refuse?: (why: "busy" | "stale") => Promise<T>;
  /** Takes effect in part, where a lost answer may mean that. */
  readonly runPart?: () => Promise<unknown>;
}
