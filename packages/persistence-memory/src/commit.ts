import {
  type CommitPlan,
  type CommitResult,
  checkSetWise,
  type Guard,
  type Refusal,
  type Refused,
  type RunId,
} from "@pawl/kernel/ports";
import { type ApplySteps, applyPlan, applySteps } from "./apply.ts";
import { alreadyCommitted } from "./evidence.ts";
import { firstRefusal, type GuardChecks, guardChecks } from "./guards.ts";
import { type LoadParts, loadParts, loadSnapshot } from "./load.ts";
import { getRow, type Tables, wholly } from "./tables.ts";

/** What a commit is made of; a mutant of the tests replaces one. */
export interface CommitParts {
  /** Throws for a plan that no adapter may write. */
  readonly check: (plan: CommitPlan) => void;
  readonly guards: GuardChecks;
  readonly apply: ApplySteps;
  readonly load: LoadParts;
  readonly wholly: (tables: Tables, change: () => boolean) => void;
  readonly alreadyCommitted: (tables: Tables, plan: CommitPlan) => boolean;
  readonly refusal: RefusalStep;
  readonly answer: AnswerStep;
}

export interface PlanAt {
  readonly plan: CommitPlan;
  readonly dbNow: number;
}

type RefusalStep = (
  load: LoadParts,
  tables: Tables,
  at: PlanAt & { readonly why: Refusal },
) => Refused;

type AnswerStep = (
  tables: Tables,
  at: PlanAt,
  facts: { readonly counters: readonly number[]; readonly replayed?: true },
) => CommitResult;

/** Checks and applies one plan in one tick. */
export function commitPlan(parts: CommitParts, tables: Tables, at: PlanAt): CommitResult {
  const { plan, dbNow } = at;
  parts.check(plan);
  if (parts.alreadyCommitted(tables, plan)) {
    return parts.answer(tables, at, { counters: [], replayed: true });
  }
  const why = firstRefusal(parts.guards, tables, { guards: plan.guards, dbNow });
  if (why) return parts.refusal(parts.load, tables, { ...at, why });
  const counters: number[] = [];
  const conflicts: Refusal[] = [];
  parts.wholly(tables, () => {
    const conflict = applyPlan(parts.apply, tables, { ...at, counters });
    if (conflict) conflicts.push(conflict);
    return conflict === undefined;
  });
  const [conflict] = conflicts;
  return conflict
    ? parts.refusal(parts.load, tables, { ...at, why: conflict })
    : parts.answer(tables, at, { counters });
}

/** A refusal with the fresh snapshot of the run that the plan guards. */
const refusalOf: RefusalStep = (load, tables, { plan, dbNow, why }) => {
  const runId = plan.guards.map(runOfGuard).find((id) => id !== undefined);
  const need = { stages: "current", waits: true, signals: true } as const;
  const snapshot =
    runId === undefined ? undefined : loadSnapshot(load, tables, { runId, need, dbNow });
  return { ok: false, why, dbNow, ...(snapshot ? { snapshot } : {}) };
};

const runOfGuard = (guard: Guard): RunId | undefined => {
  if (guard.kind === "rev" || guard.kind === "live") return guard.runId;
  return guard.kind === "stage" ? guard.key.runId : undefined;
};

/** What a written plan answers: revs, counters, and what the guarded stage must know. */
const answerOf: AnswerStep = (tables, { plan, dbNow }, { counters, replayed }) => {
  const runs = [...new Set(plan.events.map(({ runId }) => runId))];
  const guard = plan.guards.find((one) => one.kind === "stage");
  const run = guard && getRow(tables, "runs", { id: guard.key.runId });
  return {
    ok: true,
    revs: Object.fromEntries(runs.map((id) => [id, getRow(tables, "runs", { id })?.rev ?? 0])),
    dbNow,
    counters,
    ...(guard && getRow(tables, "stages", guard.key)?.held ? { held: true } : {}),
    ...(run ? { inbox: run.inbox } : {}),
    ...(replayed ? { replayed } : {}),
  };
};

export const commitParts: CommitParts = {
  check: checkSetWise,
  guards: guardChecks,
  apply: applySteps,
  load: loadParts,
  wholly,
  alreadyCommitted,
  refusal: refusalOf,
  answer: answerOf,
};
