import type { Place, Program, Shape } from "./programs.ts";

/** Proof that a session claimed a stage: worth something until the stage moves on. */
export interface Claim {
  readonly session: string;
  readonly run: string;
  readonly stage: string;
  readonly at: number;
}

/** `unreached`: waits for its start or for what comes before it, or never came to it. */
export type Status =
  | "unreached"
  | "ready"
  | "running"
  | "suspended"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

export interface ExpectedStage {
  readonly place: Place;
  status: Status;
  hold: "paused" | "quarantined" | undefined;
  readyAt: number;
  attempt: number;
  forgiven: number;
  /** Acts that need not be done again. */
  done: number;
  /** Records and settled waits. */
  records: number;
  /** When the open sleep is over. */
  wakeAt: number | undefined;
  claim: Claim | undefined;
  started: boolean;
  startBy: number | undefined;
  losses: number;
  counted: number;
  recordsAtLoss: number;
  suspect: boolean;
}

export type RunStatus = "pending" | "running" | "paused" | "completed" | "failed" | "cancelled";

export interface ExpectedRun {
  readonly id: string;
  readonly shape: Shape;
  readonly program: Program;
  readonly key: string | undefined;
  readonly startAt: number | undefined;
  readonly stages: ReadonlyMap<string, ExpectedStage>;
  status: RunStatus;
  deadline: number | undefined;
  endedAt: number | undefined;
  /** Message of the stage's failure that ended it, or the code of its time limit. */
  failure: string | undefined;
  /** The event up to which the sink has seen all, or refused them too often. */
  delivered: number;
  /** How often the sink refused the next one. */
  refusals: number;
}

export interface ExpectedSession {
  readonly id: string;
  readonly ttlMs: number;
  status: "active" | "draining" | "gone";
  expiresAt: number;
  /** Its process uses no fence of it after this. */
  deadline: number;
  /** Its process has not given it up. */
  known: boolean;
  draining: boolean;
  /** Owned but not executed at the last heartbeat. */
  idle: ReadonlySet<Claim>;
}

export interface Letter {
  /** As the store calls it, once that has been seen. */
  id: string | undefined;
  readonly kind: "stage" | "event";
  readonly run: string;
  readonly stage: string | undefined;
  /** The event's place in its run. */
  readonly rev: number | undefined;
  resolution: "replayed" | "discarded" | undefined;
}

export const RUN_TOO_LONG = "E_RUN_TIMEOUT";

export const isEnded = ({ status }: ExpectedRun): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

export const isOpen = ({ status }: ExpectedStage): boolean =>
  status === "ready" || status === "running" || status === "suspended";

export const newStage = (place: Place): ExpectedStage => ({
  place,
  status: "unreached",
  hold: undefined,
  readyAt: 0,
  attempt: 1,
  forgiven: 0,
  done: 0,
  records: 0,
  wakeAt: undefined,
  claim: undefined,
  started: false,
  startBy: undefined,
  losses: 0,
  counted: 0,
  recordsAtLoss: 0,
  suspect: false,
});

/** All that is expected of one store and one process; rules are in the files beside it. */
export interface Expected {
  now: number;
  refusing: boolean;
  readonly runs: Map<string, ExpectedRun>;
  readonly deleted: string[];
  readonly sessions: ExpectedSession[];
  readonly letters: Letter[];
  /** What the sink got, by run, in order. */
  readonly received: Map<string, number[]>;
  /** Claims in the order in which they were made; some are worth nothing any more. */
  readonly claims: Claim[];
  readonly inputs: Map<string, Program>;
}

export const newExpected = (now: number): Expected => ({
  now,
  refusing: false,
  runs: new Map(),
  deleted: [],
  sessions: [],
  letters: [],
  received: new Map(),
  claims: [],
  inputs: new Map(),
});

export function addLetter(
  world: Expected,
  kind: Letter["kind"],
  { run, stage, rev }: Pick<Letter, "run"> & { readonly stage?: string; readonly rev?: number },
): void {
  world.letters.push({ id: undefined, kind, run, stage, rev, resolution: undefined });
}
