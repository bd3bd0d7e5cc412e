import { CorruptRowError } from "../errors/persistence-errors.ts";
import type { EventRow, EventType } from "./event.ts";
import type { Failure } from "./failure.ts";
import { type StageKey, stageKeyText } from "./ids.ts";
import type { RunOutcome, RunRow, RunStatus } from "./run.ts";
import type { HoldReason, StageRow, StageStatus } from "./stage.ts";

/** `open` stands for ready, running and suspended: between these a stage moves without events. */
export type StagePhase = Exclude<StageStatus, "ready" | "running" | "suspended"> | "open";

export interface LedgerStage {
  readonly phase: StagePhase;
  readonly held: boolean;
  readonly holdReason: HoldReason | null;
}

/** The columns of a run and its stages that its events determine. */
export interface Ledger {
  readonly status: RunStatus;
  readonly outcome: RunOutcome | null;
  readonly reopenCount: number;
  readonly failure: Failure | null;
  /** By `stageKeyText`. */
  readonly stages: ReadonlyMap<string, LedgerStage>;
}

/** What of an event the fold reads. */
export type FoldedEvent = Pick<
  EventRow,
  "runId" | "type" | "stageId" | "mapIndex" | "generation" | "data"
>;

/** One change of phase that an event made; `from` is absent where something begins. */
export type LedgerEdge =
  | { readonly of: "run"; readonly from: RunStatus | undefined; readonly to: RunStatus }
  | {
      readonly of: "stage";
      readonly stage: string;
      readonly from: StagePhase | undefined;
      readonly to: StagePhase;
    };

interface Folding {
  status: RunStatus | undefined;
  outcome: RunOutcome | null;
  reopenCount: number;
  failure: Failure | null;
  readonly stages: Map<string, LedgerStage>;
  readonly observe: (edge: LedgerEdge) => void;
}

/**
 * State of a run after these events of its ledger, in order of `rev`; undefined before the first.
 * `observe` sees every change of phase on the way.
 */
export function foldEvents(
  events: readonly FoldedEvent[],
  observe: (edge: LedgerEdge) => void = () => {},
): Ledger | undefined {
  const folding: Folding = {
    status: undefined,
    outcome: null,
    reopenCount: 0,
    failure: null,
    stages: new Map(),
    observe,
  };
  for (const event of events) foldOf(event.type)(folding, event);
  const { status, outcome, reopenCount, failure, stages } = folding;
  return status === undefined ? undefined : { status, outcome, reopenCount, failure, stages };
}

/** The same columns of stored rows, for comparison with `foldEvents`. */
export function ledgerOf(
  run: Pick<RunRow, "status" | "outcome" | "reopenCount" | "failure">,
  stages: readonly (StageKey & Pick<StageRow, "status" | "held" | "holdReason">)[],
): Ledger {
  const { status, outcome, reopenCount, failure } = run;
  const rows = stages.map((row): [string, LedgerStage] => [
    stageKeyText(row),
    { phase: phaseOf(row.status), held: row.held, holdReason: row.holdReason },
  ]);
  return { status, outcome, reopenCount, failure, stages: new Map(rows) };
}

export const phaseOf = (status: StageStatus): StagePhase =>
  status === "ready" || status === "running" || status === "suspended" ? "open" : status;

type Fold = (folding: Folding, event: FoldedEvent) => void;

const nothing: Fold = () => {};

const FOLDS: Readonly<Record<EventType, Fold>> = {
  "run.created": (folding, event) => {
    turn(folding, event.data.status as RunStatus);
    spread(folding, event);
  },
  "run.started": (folding, event) => {
    turn(folding, "running");
    spread(folding, event);
  },
  "run.paused": (folding) => {
    turn(folding, "paused");
    for (const [key, stage] of folding.stages) {
      if (isUnended(stage) && !stage.held) {
        folding.stages.set(key, { ...stage, held: true, holdReason: "paused" });
      }
    }
  },
  "run.resumed": (folding) => {
    turn(folding, "running");
    for (const [key, stage] of folding.stages) {
      if (stage.holdReason === "paused") folding.stages.set(key, free(stage.phase));
    }
  },
  "run.closing": (folding) => turn(folding, "closing"),
  "run.completed": (folding, event) => endRun(folding, event, "completed"),
  "run.failed": (folding, event) => endRun(folding, event, "failed"),
  "run.cancelled": (folding, event) => endRun(folding, event, "cancelled"),
  "run.reopened": (folding, event) => {
    turn(folding, "running");
    folding.outcome = null;
    folding.failure = null;
    folding.reopenCount += 1;
    const blocks = new Set(keysIn(event, "blocks"));
    for (const [key, stage] of folding.stages) {
      if (stage.phase === "cancelled") move(folding, key, blocks.has(key) ? "blocked" : "open");
    }
  },
  "stage.attemptFailed": nothing,
  "stage.waitsOpened": nothing,
  "stage.suspended": nothing,
  "stage.completed": (folding, event) => endStage(folding, event, "completed"),
  "stage.failed": (folding, event) => endStage(folding, event, "failed"),
  "stage.skipped": (folding, event) => endStage(folding, event, "skipped"),
  "stage.cancelled": (folding, event) => endStage(folding, event, "cancelled"),
  "stage.held": (folding, event) => {
    const key = ownKey(event);
    const phase = folding.stages.get(key)?.phase ?? "open";
    const holdReason = event.data.reason as HoldReason;
    folding.stages.set(key, { phase, held: true, holdReason });
  },
  "stage.released": (folding, event) => spread(folding, event),
  "stage.retried": (folding, event) => {
    move(folding, ownKey(event), "open");
    spread(folding, event);
  },
  "signal.accepted": nothing,
  "child.ended": nothing,
  "state.set": nothing,
};

function foldOf(type: EventType): Fold {
  if (Object.hasOwn(FOLDS, type)) return FOLDS[type];
  throw new CorruptRowError(`Event type ${JSON.stringify(type)} is unknown to this version.`);
}

/** Everything that has not ended ends with its run. */
function endRun(folding: Folding, { data }: FoldedEvent, outcome: RunOutcome): void {
  turn(folding, outcome);
  folding.outcome = outcome;
  if (data.failure) folding.failure = data.failure as Failure;
  for (const [key, stage] of folding.stages) {
    if (isUnended(stage)) move(folding, key, "cancelled");
  }
}

function endStage(folding: Folding, event: FoldedEvent, phase: StagePhase): void {
  move(folding, ownKey(event), phase);
  spread(folding, event);
}

/** What an event says of other stages: those that may start now, later or never. */
function spread(folding: Folding, event: FoldedEvent): void {
  for (const key of keysIn(event, "opens")) open(folding, key);
  for (const key of keysIn(event, "blocks")) move(folding, key, "blocked");
  for (const key of keysIn(event, "skips")) move(folding, key, "skipped");
}

/** A new stage of a paused run is held; one that waited keeps its hold. */
function open(folding: Folding, key: string): void {
  const before = folding.stages.get(key);
  if (before) {
    folding.observe({ of: "stage", stage: key, from: before.phase, to: "open" });
    folding.stages.set(key, { ...before, phase: "open" });
    return;
  }
  move(folding, key, "open");
  if (folding.status === "paused") {
    folding.stages.set(key, { phase: "open", held: true, holdReason: "paused" });
  }
}

function turn(folding: Folding, to: RunStatus): void {
  folding.observe({ of: "run", from: folding.status, to });
  folding.status = to;
}

function move(folding: Folding, stage: string, to: StagePhase): void {
  folding.observe({ of: "stage", stage, from: folding.stages.get(stage)?.phase, to });
  folding.stages.set(stage, free(to));
}

const free = (phase: StagePhase): LedgerStage => ({ phase, held: false, holdReason: null });

const isUnended = ({ phase }: LedgerStage): boolean => phase === "open" || phase === "blocked";

const ownKey = ({ runId, stageId, mapIndex, generation }: FoldedEvent): string =>
  stageKeyText({
    runId,
    stageId: stageId ?? "",
    mapIndex: mapIndex ?? 0,
    generation: generation ?? 0,
  });

/** Stages that an event names: ids of first rows, or `[id, mapIndex, generation]`. */
function keysIn({ runId, data }: FoldedEvent, fact: string): readonly string[] {
  const named = (data[fact] ?? []) as readonly (string | readonly [string, number, number])[];
  return named.map((name) => {
    const [stageId, mapIndex, generation] = typeof name === "string" ? [name, 0, 0] : name;
    return stageKeyText({ runId, stageId, mapIndex, generation });
  });
}
