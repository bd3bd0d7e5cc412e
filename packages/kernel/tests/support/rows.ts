import type { CommitPlan, RunFacts, Snapshot, StageFacts, WaitRow } from "@pawl/kernel/ports";
import { type Decision, isRejection, SETTLED } from "../../src/decide/draft.ts";
import type { StagesWrite } from "../../src/state/plan.ts";
import type { RunStatus } from "../../src/state/run.ts";
import type { StageStatus } from "../../src/state/stage.ts";

export const NOW = 1_000_000;

/** A run as decisions see it: running, at rev 3, of workflow "w". */
export const runRow = (columns: Partial<RunFacts> = {}): RunFacts => ({
  id: "r",
  namespace: "n",
  workflowId: "w",
  workflowVersion: "1",
  definition: "w@1#h",
  optionsHash: "o",
  status: "running",
  rev: 3,
  inbox: 0,
  sinksPending: 1,
  reopenCount: 0,
  outcome: null,
  seed: "s",
  priority: 0,
  queue: "default",
  failure: null,
  labels: {},
  actor: null,
  reason: null,
  idempotencyKey: null,
  parentRunId: null,
  parentStageId: null,
  parentMapIndex: null,
  parentGeneration: null,
  parentWait: null,
  closePolicy: null,
  depth: 0,
  scheduleId: null,
  scheduleSlot: null,
  forkedFromRunId: null,
  forkedFromRev: null,
  startAt: null,
  startDeadline: null,
  deadline: null,
  createdAt: 0,
  startedAt: null,
  endedAt: null,
  sinkRev: null,
  ...columns,
});

/** A stage of that run at fence 2, owned by session "s1" while it runs. */
export const stageRow = (
  stageId: string,
  status: StageStatus,
  columns: Partial<StageFacts> = {},
): StageFacts => ({
  runId: "r",
  stageId,
  mapIndex: 0,
  generation: 0,
  namespace: "n",
  definition: "w@1#h",
  kind: "normal",
  status,
  held: false,
  holdReason: null,
  suspect: false,
  superseded: false,
  fence: 2,
  attempt: 1,
  attemptsForgiven: 0,
  losses: 0,
  lossesCounted: 0,
  lossSeq: 0,
  parentStageId: null,
  queue: "default",
  priority: 0,
  claimRank: 0,
  availableAt: 0,
  wakeAt: null,
  startDeadline: null,
  joinPending: 0,
  reads: [],
  slotKey: null,
  session: status === "running" ? "s1" : null,
  sessionEpoch: status === "running" ? 1 : null,
  failure: null,
  skipReason: null,
  nondurable: false,
  dispatchedAt: null,
  createdAt: 0,
  startedAt: null,
  endedAt: null,
  ...columns,
});

export const waitRow = (stageId: string, key: string, columns: Partial<WaitRow> = {}): WaitRow => ({
  ...keyOf(stageId),
  key,
  occurrence: 0,
  kind: "timer",
  name: "",
  dueAt: NOW + 500,
  openedAt: NOW,
  outcome: null,
  value: null,
  failure: null,
  resolvedAt: null,
  seq: null,
  ...columns,
});

export const keyOf = (stageId: string, generation = 0) => ({
  runId: "r",
  stageId,
  mapIndex: 0,
  generation,
});

export const snapshotOf = (
  run: Partial<RunFacts>,
  stages: readonly StageFacts[] = [],
  waits: readonly WaitRow[] = [],
): Snapshot => ({ run: runRow(run), stages, waits, signals: [], dbNow: NOW });

export const RUN_STATUSES: readonly RunStatus[] = [
  "pending",
  "running",
  "paused",
  "closing",
  "completed",
  "failed",
  "cancelled",
];

/** The plan of a decision that has one. */
export function planOf(decision: Decision): CommitPlan {
  if (decision === SETTLED) throw new Error("decided that nothing is to do");
  if (isRejection(decision)) throw new Error(`rejected: ${decision.message}`);
  return decision;
}

/** Columns that a plan sets on a stage, by update or insert. */
export const stageColumns = (plan: CommitPlan, stageId: string): Record<string, unknown> => {
  for (const write of plan.writes) {
    if (write.op === "update" && write.table === "stages" && write.key.stageId === stageId) {
      return write.set;
    }
    if (write.op === "insert" && write.table === "stages" && write.row.stageId === stageId) {
      return { ...write.row };
    }
  }
  return {};
};

/** Columns that a plan sets on the run. */
export const runColumns = (plan: CommitPlan): Record<string, unknown> => {
  const write = plan.writes.find((w) => "table" in w && w.table === "runs");
  return write?.op === "update" ? { ...write.set } : {};
};

/** What a plan writes, as `op table key`, without columns. */
export const writesOf = (plan: CommitPlan): readonly string[] =>
  plan.writes.map((write) => {
    if (write.op === "updateStages" || write.op === "closeWaits") {
      const except = (write.except ?? []).map((key) => `-${key.stageId}`);
      return [write.op, write.runId, ...except].join(" ");
    }
    const row = "row" in write ? write.row : write.key;
    const { id, stageId, key, runId } = row as unknown as Record<string, string>;
    return [write.op, write.table, stageId ?? id ?? runId, key].filter(Boolean).join(" ");
  });

/** The one write of a plan that changes many stages. */
export const stagesWrite = (plan: CommitPlan): StagesWrite | undefined =>
  plan.writes.find((write) => write.op === "updateStages");

export const eventTypes = (plan: CommitPlan): readonly string[] => plan.events.map((e) => e.type);
