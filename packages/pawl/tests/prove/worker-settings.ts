import type { NodeHost } from "../../src/index.ts";

export type HostStats = ReturnType<NodeHost["getStats"]>;

/** What a worker of a fleet is told when it is started, as JSON. */
export interface WorkerSettings {
  /** Folder of effects and markers, and of the state unless that lies elsewhere. */
  readonly directory: string;
  readonly stateDirectory?: string;
  /** A server that keeps the state; else a file does. */
  readonly databaseUrl?: string;
  /** `PAWL_QUEUE_URL`; else the database is the queue. */
  readonly queueUrl?: string;
  /** Every process says that it is on a machine of its own, so that none can see others die. */
  readonly apart?: boolean;
  readonly statementTimeoutMs?: number;
  readonly leaseTtlMs?: number;
  readonly leaseThread?: boolean;
  readonly orchestrationIntervalMs?: number;
  readonly jobPollIntervalMs?: number;
  readonly suspectPatienceMs?: number;
  readonly redispatchMs?: number;
  readonly concurrency?: number;
  readonly queues?: readonly string[];
  readonly synchronous?: "FULL" | "NORMAL";
}

/** What a worker says of itself. */
export type Said =
  | { readonly type: "up" }
  | { readonly type: "log"; readonly level: string; readonly message: string }
  /** A commit of the named step's record under this fence was refused by the database. */
  | {
      readonly type: "refused";
      readonly step: string;
      readonly fence: number;
      readonly why: string;
    }
  /** A call of the database failed with this code, after so long. */
  | { readonly type: "unavailable"; readonly code: string; readonly ms: number }
  | { readonly type: "stats"; readonly stats: HostStats };

/** What a worker is asked to do with its database, or to say. */
export type Asked = "letNothingGrow" | "letGrow" | "stats";
