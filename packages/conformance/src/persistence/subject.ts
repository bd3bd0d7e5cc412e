import type { Persistence, RowRef, SeparateHeartbeat } from "@pawl/kernel/ports";

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
  /** `begin` begins a transaction that the store can take part in. */
  readonly callersTransactions?: boolean;
  /** The store has a `workBell`; `deafening`: `deafen` can interrupt what listeners hear by. */
  readonly notify?: boolean;
  readonly deafening?: boolean;
  /** `beatElsewhere` opens a heartbeat of its own; `notices`: the store tells when one has died. */
  readonly separateHeartbeat?: "notices" | "renews";
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
  /** Begins a transaction on a connection of somebody else's. */
  begin?(): Promise<CallersTransaction>;
  /** Interrupts every listening there is, once. */
  deafen?(): Promise<void>;
  /** What the heartbeat descriptor of a store by the server's clock opens. */
  beatElsewhere?(): Promise<SeparateHeartbeat>;
  destroy(): Promise<void>;
}

/** A transaction as users of the database have them. */
export interface CallersTransaction {
  /** What `bind` takes. */
  readonly transaction: unknown;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Gives the connection back; a transaction still open is rolled back. */
  end(): Promise<void>;
}

export interface ManualClock {
  now(): number;
  advance(ms: number): void;
}
