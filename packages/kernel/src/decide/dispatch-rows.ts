import { workflowIdOf } from "../define/fingerprint.ts";
import type { DispatchRow } from "../state/dispatch.ts";
import { type StageKey, stageKeyOf, stageKeyText } from "../state/ids.ts";
import type { CommitPlan, StagesWrite, Write } from "../state/plan.ts";
import { isTerminalRun } from "../state/run.ts";
import type { StageFacts } from "../state/stage.ts";
import type { Writable } from "../state/tables.ts";
import { fromDbNow, isDbInstant, type TimeValue } from "../state/time.ts";

/** What is not handed over within this time after its commit is taken by a relay. */
const RELAY_AFTER_MS = 2_000;

export interface Dispatching {
  /** Stages as the decision knew them: those that the plan changes by key, or sets free at once. */
  readonly stages: readonly StageFacts[];
  /** Longest delay of the transport: what is due later stays in the database until then. */
  readonly maxDelayMs: number;
}

/**
 * The plan with a dispatch row for every stage that it makes claimable, now or when it is due. A
 * plan that ends a run takes the run's rows away.
 */
export function withDispatch(plan: CommitPlan, dispatching: Dispatching): CommitPlan {
  const known = new Map(dispatching.stages.map((row) => [stageKeyText(row), row]));
  const claimable = plan.writes.flatMap((write) => stagesMadeClaimable(write, known));
  const ended = plan.writes.flatMap(endedRun);
  if (claimable.length + ended.length === 0) return plan;
  const rows = claimable.map((stage) => dispatchRow(stage, dispatching.maxDelayMs));
  return {
    ...plan,
    writes: [
      ...plan.writes.map((write) => countedFromNow(write)),
      ...ended.map((runId): Write => ({ op: "delete", table: "dispatch", key: { runId } })),
    ],
    dispatch: [...plan.dispatch, ...rows],
  };
}

type WrittenStage = Writable<StageFacts>;

function stagesMadeClaimable(
  write: Write,
  known: ReadonlyMap<string, StageFacts>,
): readonly WrittenStage[] {
  if (write.op === "updateStages") return setFree(write, [...known.values()]);
  if (write.op === "insert" && write.table === "stages") {
    return isClaimable(write.row) ? [write.row] : [];
  }
  if (write.op !== "update" || write.table !== "stages") return [];
  const { status } = write.set;
  const row = known.get(stageKeyText(write.key));
  if (!row || (status !== "ready" && status !== "suspended")) return [];
  // Whoever holds it meanwhile is asked by the claim; whoever released it may have seen no row.
  const changed = { ...row, held: false, ...write.set };
  return isClaimable(changed) ? [changed] : [];
}

/**
 * Stages that a set-wise write lets go on; also those that run, since they may have been given
 * back while the plan was decided.
 */
function setFree(
  { where, except = [], set }: StagesWrite,
  stages: readonly StageFacts[],
): readonly WrittenStage[] {
  if (set.held !== false) return [];
  const left = new Set(except.map(stageKeyText));
  return stages
    .filter(
      (row) =>
        (where.status?.includes(row.status) ?? true) &&
        (where.held ?? row.held) === row.held &&
        (where.holdReason ?? row.holdReason) === row.holdReason &&
        !left.has(stageKeyText(row)),
    )
    .map((row) => ({ ...row, ...set }))
    .filter((row) => row.status === "running" || isClaimable(row));
}

const isClaimable = ({ status, held, wakeAt }: WrittenStage): boolean =>
  !held && (status === "ready" || (status === "suspended" && wakeAt !== null));

/** Stages that become ready are not looked for as undispatched before their time. */
function countedFromNow(write: Write): Write {
  if (write.op === "updateStages" && write.set.held === false) {
    return { ...write, set: { ...write.set, dispatchedAt: fromDbNow() } };
  }
  if (write.op === "insert" && write.table === "stages" && write.row.status === "ready") {
    return { ...write, row: { ...write.row, dispatchedAt: write.row.availableAt } };
  }
  if (write.op === "update" && write.table === "stages" && write.set.status === "ready") {
    const dispatchedAt = write.set.availableAt ?? fromDbNow();
    return { ...write, set: { ...write.set, dispatchedAt } };
  }
  return write;
}

const endedRun = (write: Write): readonly string[] =>
  write.op === "update" &&
  write.table === "runs" &&
  write.set.status !== undefined &&
  isTerminalRun(write.set.status)
    ? [write.key.id]
    : [];

/** Asks for a stage to be handed to the transport. */
export function dispatchRow(stage: WrittenStage, maxDelayMs: number): Writable<DispatchRow> {
  const due = stage.status === "suspended" ? stage.wakeAt : stage.availableAt;
  const notBefore = due ?? stage.availableAt;
  return {
    ...stageKeyOf(stage as StageKey),
    namespace: stage.namespace,
    workflowId: workflowIdOf(stage.definition),
    attempt: stage.attempt,
    queue: stage.queue,
    priority: stage.priority,
    notBefore,
    tries: 0,
    visibleAt: visibleAt(notBefore, maxDelayMs),
    createdAt: fromDbNow(),
  };
}

/** When a relay looks at it; one that comes too early for the transport puts it off again. */
const visibleAt = (notBefore: TimeValue, maxDelayMs: number): TimeValue =>
  fromDbNow(
    isDbInstant(notBefore)
      ? Math.max(RELAY_AFTER_MS, notBefore.dbNow - maxDelayMs)
      : RELAY_AFTER_MS,
  );
