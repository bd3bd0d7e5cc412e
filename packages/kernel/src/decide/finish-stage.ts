import type { Graph } from "../define/graph.ts";
import type { NewEvent } from "../state/event.ts";
import type { Failure } from "../state/failure.ts";
import type { SessionRef, StageKey } from "../state/ids.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import { draft, newEvent, stageGuard, updateStage } from "./draft.ts";
import { endRun, firstFailure, type RunEnding } from "./end-run.ts";
import { advance } from "./next-stages.ts";
import type { StatusOf } from "./readiness.ts";

export type StageEnd =
  | { readonly status: "completed"; readonly output: PackedPayload }
  | { readonly status: "failed"; readonly failure: Failure };

export interface FinishStage {
  readonly commitId: string;
  readonly graph: Graph;
  readonly stage: StageKey;
  readonly fence: number;
  readonly end: StageEnd;
  /** Output of the run, should this end it. */
  readonly runOutput: PackedPayload | null;
  readonly refused: ReadonlySet<string>;
  /** Fails the run whatever the stage's policy. */
  readonly failsRun: boolean;
  readonly sticky: SessionRef | undefined;
  /** What rides on this commit: deferred records, logs, blob references, closed waits. */
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
  readonly ageingMs: number;
  readonly deadLetterId: string;
}

export interface FinishPlan {
  readonly plan: CommitPlan;
  /** Stage that this commit starts for the sticky session. */
  readonly started?: string;
  readonly opens: readonly string[];
  readonly runEnded: boolean;
}

/** Ends a stage and makes what follows ready, in one strict commit; or ends the run. */
export function decideFinishStage(snapshot: Snapshot, finish: FinishStage): FinishPlan {
  const { run } = snapshot;
  const failsRun =
    finish.failsRun ||
    (finish.end.status === "failed" &&
      finish.graph.nodes.get(finish.stage.stageId)?.onFailure === "failRun");
  const others = snapshot.stages.filter((stage) => stage.stageId !== finish.stage.stageId);
  const statusOf: StatusOf = (id) =>
    id === finish.stage.stageId
      ? finish.end.status
      : others.find((stage) => stage.stageId === id)?.status;
  const next = failsRun
    ? { writes: [], opens: [], skips: [], outcome: "failed" as const }
    : advance({ ...finish, run, stages: others, statusOf, ended: finish.stage.stageId });
  const ending = next.outcome ? endingOf(next.outcome, finish, others) : undefined;
  const left = {
    open: someLeftOpen(others, next.skips),
    besides: [endStage(finish), ...next.writes],
  };
  const end = ending ? endRun(run, ending, left) : undefined;
  const plan = draft({
    commitId: finish.commitId,
    guards: [
      { kind: "rev", runId: run.id, rev: run.rev },
      stageGuard(finish.stage, finish.fence, "running"),
      ...finish.riderGuards,
    ],
    writes: [
      endStage(finish),
      ...finish.riders,
      ...next.writes,
      ...(end?.writes ?? []),
      ...deadLetter(run.namespace, finish),
    ],
    events: [stageEvent(finish, next), ...(end ? [end.event] : [])],
  });
  return {
    plan,
    opens: next.opens,
    runEnded: ending !== undefined,
    ...("started" in next && next.started ? { started: next.started } : {}),
  };
}

/** True when a stage is open that the commit does not skip. */
export const someLeftOpen = (stages: Snapshot["stages"], skips: readonly string[]): boolean =>
  stages.some((stage) => isOpenStage(stage.status) && !skips.includes(stage.stageId));

function endingOf(
  outcome: "completed" | "failed",
  { end, runOutput }: FinishStage,
  others: Snapshot["stages"],
): RunEnding {
  if (outcome === "completed") return { outcome, output: runOutput };
  return { outcome, failure: end.status === "failed" ? end.failure : firstFailure(others) };
}

/** The ended stage's row; its session is let go. */
export function endStage({ stage, end }: Pick<FinishStage, "stage" | "end">): Write {
  return updateStage(stage, {
    status: end.status,
    session: null,
    sessionEpoch: null,
    held: false,
    holdReason: null,
    suspect: false,
    endedAt: fromDbNow(),
    ...(end.status === "completed" ? { output: end.output } : { failure: end.failure }),
  });
}

export const stageEvent = (
  { stage, end }: Pick<FinishStage, "stage" | "end">,
  next: { readonly opens: readonly string[]; readonly skips: readonly string[] },
): NewEvent =>
  newEvent({
    runId: stage.runId,
    type: end.status === "completed" ? "stage.completed" : "stage.failed",
    stage,
    data: {
      opens: next.opens,
      ...(next.skips.length > 0 ? { skips: next.skips } : {}),
      ...(end.status === "failed" ? { failure: end.failure } : {}),
    },
  });

/** Stages failed for good are listed for operators. */
const deadLetter = (
  namespace: string,
  { stage, end, deadLetterId }: Pick<FinishStage, "stage" | "end" | "deadLetterId">,
): Write[] =>
  end.status === "completed"
    ? []
    : [
        {
          op: "insert",
          table: "deadLetters",
          row: {
            id: deadLetterId,
            namespace,
            kind: "stage",
            version: 1,
            ...stage,
            rev: null,
            reason: "failed",
            failure: end.failure,
            body: null,
            createdAt: fromDbNow(),
            resolvedAt: null,
            resolution: null,
            actor: null,
          },
        },
      ];
