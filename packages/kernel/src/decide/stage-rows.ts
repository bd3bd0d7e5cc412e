import type { StageNode } from "../define/graph.ts";
import type { SessionRef } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts } from "../state/run.ts";
import type { StageKind, StageStatus } from "../state/stage.ts";
import { fromDbNow, type TimeValue } from "../state/time.ts";

export interface NewStage {
  readonly run: Pick<RunFacts, "id" | "namespace" | "definition" | "queue" | "priority">;
  readonly node: StageNode;
  readonly status: StageStatus;
  readonly ageingMs: number;
  readonly held?: boolean;
  readonly generation?: number;
  readonly kind?: StageKind;
  /** Latest start of a root, by the workflow's own limit. */
  readonly startDeadline?: TimeValue | null;
  /** Why a stage begins and ends as skipped. */
  readonly skipReason?: string;
  /** Starts it as this session's, already running. */
  readonly owner?: SessionRef;
}

/** First row of a stage. Only joins get one before they may start. */
export function insertStage(stage: NewStage): Write {
  const { run, node, owner } = stage;
  const priority = node.stage.priority ?? run.priority;
  const ended = stage.status === "skipped";
  return {
    op: "insert",
    table: "stages",
    row: {
      runId: run.id,
      stageId: node.id,
      mapIndex: 0,
      generation: stage.generation ?? 0,
      namespace: run.namespace,
      definition: run.definition,
      kind: stage.kind ?? "normal",
      status: stage.status,
      held: stage.held ?? false,
      holdReason: stage.held ? "paused" : null,
      suspect: false,
      superseded: false,
      fence: owner ? 1 : 0,
      attempt: 1,
      attemptsForgiven: 0,
      losses: 0,
      lossesCounted: 0,
      lossSeq: 0,
      parentStageId: null,
      queue: node.stage.queue ?? run.queue,
      priority,
      claimRank: fromDbNow(-priority * stage.ageingMs),
      availableAt: fromDbNow(),
      wakeAt: null,
      startDeadline: stage.startDeadline ?? startDeadlineOf(node, stage.status),
      joinPending: node.after.length > 1 && stage.status === "blocked" ? node.after.length : 0,
      reads: [...new Set([...node.after, ...node.stage.uses])],
      slotKey: null,
      session: owner?.id ?? null,
      sessionEpoch: owner?.epoch ?? null,
      input: null,
      output: null,
      failure: null,
      progress: null,
      skipReason: stage.skipReason ?? null,
      nondurable: false,
      dispatchedAt: null,
      createdAt: fromDbNow(),
      startedAt: owner ? fromDbNow() : null,
      endedAt: ended ? fromDbNow() : null,
    },
  };
}

/** Latest start by the stage's own limit, counted from when it becomes ready. */
export const startDeadlineOf = (node: StageNode, status: StageStatus): TimeValue | null =>
  status === "ready" && node.stage.startTimeoutMs !== undefined
    ? fromDbNow(node.stage.startTimeoutMs)
    : null;
