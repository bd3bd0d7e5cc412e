import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { EpochMs } from "../state/time.ts";
import type { WaitRow } from "../state/wait.ts";
import { draft, liveGuard, newEvent, stageGuard, UNSUSPECTED, updateStage } from "./draft.ts";

export interface OpenWaits {
  readonly commitId: string;
  readonly stage: StageKey;
  readonly fence: number;
  /** Inbox of the run as this execution last saw it: no wake-up is lost. */
  readonly inbox: number;
  /** Rev of the run as this execution knows it. */
  readonly since?: number;
  /** Waits not stored yet. */
  readonly opening: readonly WaitRow[];
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
}

export interface SuspendStage extends OpenWaits {
  /** Waits stored before and still open. */
  readonly open: readonly WaitRow[];
}

const guards = (input: OpenWaits): Guard[] => [
  liveGuard(input.stage.runId, input),
  stageGuard(input.stage, input.fence, "running"),
  ...input.riderGuards,
];

const inserts = (input: OpenWaits): Write[] => [
  ...input.opening.map((row): Write => ({ op: "insert", table: "waits", row })),
  ...input.riders,
];

const named = (waits: readonly WaitRow[]) =>
  waits.map(({ kind, key, occurrence, dueAt }) => ({ kind, key, occurrence, dueAt }));

/** Stores waits of an execution that goes on because a step body is in flight. */
export const decideOpenWaits = (input: OpenWaits): CommitPlan =>
  draft({
    commitId: input.commitId,
    guards: guards(input),
    writes: inserts(input),
    events: [
      newEvent({
        runId: input.stage.runId,
        type: "stage.waitsOpened",
        stage: input.stage,
        data: { waits: named(input.opening) },
      }),
    ],
  });

/** Gives the worker back until the first open wait is resolved. */
export function decideSuspendStage(input: SuspendStage): CommitPlan {
  const waits = [...input.open, ...input.opening];
  return draft({
    commitId: input.commitId,
    guards: guards(input),
    writes: [
      updateStage(input.stage, {
        status: "suspended",
        ...UNSUSPECTED,
        wakeAt: earliest(waits),
        session: null,
        sessionEpoch: null,
      }),
      ...inserts(input),
    ],
    events: [
      newEvent({
        runId: input.stage.runId,
        type: "stage.suspended",
        stage: input.stage,
        data: { waits: named(waits) },
      }),
    ],
  });
}

/** Least `dueAt`; null when no wait has one. */
export function earliest(waits: readonly WaitRow[]): EpochMs | null {
  const due = waits.map((wait) => wait.dueAt).filter((at) => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}
