import type { Persistence, RowRef } from "@pawl/kernel/ports";

/** An adapter as the suite meets it. */
export interface PersistenceSubject {
  readonly name: string;
  /** A new and empty store for one case. */
  create(): Promise<PersistenceStore>;
  readonly capabilities?: SubjectCapabilities;
}

/** What a store lets the suite do to it. What is absent gets a case that shows it absent. */
export interface SubjectCapabilities {
  /** `second` opens another handle on the same store. */
  readonly handles?: boolean;
  /** What `hold` keeps locked: single rows, or the whole database for writing. */
  readonly foreignTransactions?: "rows" | "database";
  /** `loseNext` can lose the answer to a commit. */
  readonly lostAcknowledgements?: boolean;
}

export interface PersistenceStore {
  readonly persistence: Persistence;
  /** Database time of this store; it moves only by `advance`. */
  readonly clock: ManualClock;
  second?(): Promise<Persistence>;
  /** Locks a row in a transaction of somebody else until the answered function is called. */
  hold?(row: RowRef): Promise<() => Promise<void>>;
  /** The next commit's acknowledgement is lost: after it was applied, or before. */
  loseNext?(when: "applied" | "lost"): void;
  destroy(): Promise<void>;
}

export interface ManualClock {
  now(): number;
  advance(ms: number): void;
}
