/** What a worker of a fleet is told when it is started, as JSON. */
export interface WorkerSettings {
  /** Folder of effects and markers, and of the state unless that lies elsewhere. */
  readonly directory: string;
  readonly stateDirectory?: string;
  readonly leaseTtlMs?: number;
  readonly leaseThread?: boolean;
  readonly orchestrationIntervalMs?: number;
  readonly jobPollIntervalMs?: number;
  readonly suspectPatienceMs?: number;
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
  /** A call of the database failed with this code. */
  | { readonly type: "unavailable"; readonly code: string };

/** What a worker is asked to do with its database. */
export type Asked = "letNothingGrow" | "letGrow";
