interface Between {
  /** Milliseconds since the simulation began. */
  readonly at: number;
  readonly forMs: number;
}

interface OfProcess {
  /** Number of the process, from 0. */
  readonly process: number;
}

interface OfCall {
  /** Number of the call that it hits, from 1, counted over calls of its sort. */
  readonly call: number;
}

/** What a simulation suffers, each by kind. Plain data, so that a list of them can be shrunk. */
export interface FaultKinds {
  /** The process is gone at this call of its own: before its effect, or before its answer. */
  readonly crash: OfProcess &
    OfCall & { readonly side: "before" | "after"; readonly restartMs: number };
  /** Whoever begins a certain stage is gone at once: so many times, however late. */
  readonly poison: {
    /** Number of the call that first meets it, of those that begin stages. */
    readonly claim: number;
    readonly times: number;
    readonly restartMs: number;
  };
  /** The process stands still and goes on as if nothing had been. */
  readonly pause: OfProcess & Between;
  /** The process stops in order and comes back. */
  readonly drain: OfProcess & { readonly at: number; readonly restartMs: number };
  /** The process is declared gone while it lives. */
  readonly declaredDead: OfProcess & { readonly at: number };
  /** The process reaches the database, or the queue, no more. */
  readonly cut: OfProcess & Between & { readonly from: "database" | "queue" };
  /**
   * The answer to a write is lost, after it took effect or without: to any, to one that starts a
   * run, or to one that ends a stage.
   */
  readonly ambiguous: OfCall & {
    readonly applied: boolean;
    readonly times: number;
    readonly of: "writes" | "starts" | "ends";
  };
  readonly busy: OfCall & { readonly times: number };
  readonly stale: OfCall & { readonly times: number };
  readonly databaseDown: Between;
  readonly databaseSlow: Between & { readonly delayMs: number };
  /** The wall clock of a process steps; its monotonic one does not. */
  readonly clockStep: OfProcess & { readonly at: number; readonly byMs: number };
  /** Database time steps forward. */
  readonly databaseClockStep: { readonly at: number; readonly byMs: number };
  /** A call to the blob store fails, after it took effect or without. */
  readonly blobLoss: OfCall & { readonly applied: boolean; readonly times: number };
  readonly sinkFailure: OfCall & { readonly applied: boolean; readonly times: number };
  /** Shares of jobs that the queue drops, doubles, delays and reorders. */
  readonly queue: {
    readonly drop: number;
    readonly double: number;
    readonly delay: number;
    readonly reorder: number;
    readonly forgetAck: number;
  };
}

export type FaultKind = keyof FaultKinds;

export type Fault = { [K in FaultKind]: { readonly kind: K } & FaultKinds[K] }[FaultKind];

export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;
