import type { CommitPlan, CommitResult, Committed, EpochMs, Refusal } from "@pawl/kernel/ports";
import { compilePlan, factsStatement, withFacts } from "../statements/commit.ts";
import { snapshotReads } from "../statements/load.ts";
import { diagnosePlan, guardedRun } from "../statements/refusal.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { refusedBy } from "./errors.ts";
import { type Asked, all, allOf, type Outcome, reading, type Work, writing } from "./work.ts";

/** What commits need beside the plan. */
export interface CommitPlace {
  readonly schema: Schema;
  now(): EpochMs;
}

const UNCLEAR_TRIES = 3;

type Rows = readonly SqlRow[];
type Failed = NonNullable<ReturnType<typeof refusedBy>>;

/** Commits one plan alone; a plan of one statement needs no transaction around it. */
export function* commitOne(place: CommitPlace, plan: CommitPlan): Work<CommitResult> {
  for (let tries = 0; tries < UNCLEAR_TRIES; tries += 1) {
    const result = yield* executeAlone(place, plan);
    if (typeof result !== "string") return result;
    const refused = yield* reading(() => answerRefused(place, { plan, failed: result }));
    if (refused) return refused;
  }
  return { ok: false, why: "busy", dbNow: place.now() };
}

/** Commits each plan or none of it, all in one transaction. */
export function* commitBatch(
  place: CommitPlace,
  plans: readonly CommitPlan[],
): Work<readonly CommitResult[]> {
  const results = yield* writing(() => commitTogether(place, plans));
  return results ?? (yield* writing(() => commitApart(place, plans)));
}

/**
 * Commits plans of which each is refused by its first statement, which then wrote nothing, or by
 * none: nearly always. Undefined, and nothing is written, when one had to be undone by itself.
 */
function* commitTogether(
  place: CommitPlace,
  plans: readonly CommitPlan[],
): Work<Outcome<readonly CommitResult[] | undefined>> {
  const results: CommitResult[] = [];
  for (const plan of plans) {
    const { statements, answer } = compilePlan(place.schema, plan, place.now());
    const [first, ...others] = statements;
    const carried = yield* unlessRefused<Rows>(first as Statement);
    if (typeof carried === "string") {
      results.push(yield* answerRefusedPart(place, { plan, failed: carried }));
      continue;
    }
    const rest = others.length === 0 ? [] : yield* unlessRefused<readonly Rows[]>(others);
    if (typeof rest === "string") return { value: undefined, commit: false };
    results.push(answer([carried, ...rest]));
  }
  return { value: results, commit: wroteAny(results) };
}

function* commitApart(
  place: CommitPlace,
  plans: readonly CommitPlan[],
): Work<Outcome<readonly CommitResult[]>> {
  const results: CommitResult[] = [];
  for (const plan of plans) results.push(yield* commitPart(place, plan));
  return { value: results, commit: wroteAny(results) };
}

const wroteAny = (results: readonly CommitResult[]): boolean =>
  results.some((result) => result.ok && !result.replayed);

function* executeAlone(place: CommitPlace, plan: CommitPlan): Work<Committed | Failed> {
  if (isOneStatement(plan)) {
    const { statements, answer } = compilePlan(place.schema, plan, place.now());
    if (statements.length === 1) {
      const rows = yield* unlessRefused<readonly Rows[]>(statements);
      return typeof rows === "string" ? rows : answer(rows);
    }
  }
  const work = (): Work<Outcome<Committed>> => executeAll(place, plan);
  return yield* unlessRefused<Committed>({ scope: "writing", work });
}

function* executeAll(place: CommitPlace, plan: CommitPlan): Work<Outcome<Committed>> {
  return { value: yield* execute(place, plan), commit: true };
}

/** What was asked for, or why the database refused it. */
function* unlessRefused<T>(asked: Asked): Work<T | Failed> {
  try {
    return (yield asked) as T;
  } catch (error) {
    const failed = refusedBy(error);
    if (failed === undefined) throw error;
    return failed;
  }
}

/** Cheap to ask; what looks like one may still be compiled to several. */
const isOneStatement = (plan: CommitPlan): boolean =>
  plan.writes.length === 1 &&
  plan.events.length + plan.intents.length + plan.dispatch.length === 0 &&
  !plan.guards.some((guard) => guard.kind === "session");

/** Commits a plan inside a transaction that is begun; a refusal undoes it alone. */
export function* commitPart(place: CommitPlace, plan: CommitPlan): Work<CommitResult> {
  const work = (): Work<Committed> => execute(place, plan);
  const result = yield* unlessRefused<Committed>({ scope: "part", work });
  if (typeof result !== "string") return result;
  return yield* answerRefusedPart(place, { plan, failed: result });
}

/** Runs a plan under the lock that the transaction already holds. */
function* execute(place: CommitPlace, plan: CommitPlan): Work<Committed> {
  const { statements, answer } = compilePlan(place.schema, plan, place.now());
  return answer(yield* allOf(statements));
}

interface RefusedPlan {
  readonly plan: CommitPlan;
  readonly failed: Failed;
}

function* answerRefusedPart(place: CommitPlace, refused: RefusedPlan): Work<CommitResult> {
  const answered = yield* answerRefused(place, refused);
  return answered ?? { ok: false, why: "busy", dbNow: place.now() };
}

/** Why a plan failed, read afterwards; undefined when the guard that was false holds again. */
function* answerRefused(
  place: CommitPlace,
  { plan, failed }: RefusedPlan,
): Work<CommitResult | undefined> {
  const now = place.now();
  const diagnosis = diagnosePlan(place.schema, plan);
  const verdict = diagnosis.verdict(yield* allOf(diagnosis.statements), now);
  if (verdict === "replayed") return yield* answerReplayed(place, plan);
  if (verdict !== "unclear") return yield* refuse(place, { plan, why: verdict, now });
  return failed === "guard" ? undefined : yield* refuse(place, { plan, why: failed, now });
}

function* refuse(
  place: CommitPlace,
  refused: { readonly plan: CommitPlan; readonly why: Refusal; readonly now: EpochMs },
): Work<CommitResult> {
  const { plan, why, now } = refused;
  const runId = guardedRun(plan);
  if (runId === undefined) return { ok: false, why, dbNow: now };
  const need = { stages: "current", waits: true, signals: true } as const;
  const reads = snapshotReads(place.schema, runId, need);
  const snapshot = reads.answer(yield* allOf(reads.statements), now);
  return { ok: false, why, dbNow: now, ...(snapshot ? { snapshot } : {}) };
}

function* answerReplayed(place: CommitPlace, plan: CommitPlan): Work<Committed> {
  const { schema } = place;
  const runIds = [...new Set(plan.events.map((event) => event.runId))];
  const text = schema.text(
    "rev of run",
    () => `SELECT rev FROM ${schema.tables.runs.sql} WHERE id = ?`,
  );
  const found = yield* allOf(runIds.map((runId) => ({ text, params: [runId] })));
  const revs = Object.fromEntries(runIds.map((runId, at) => [runId, Number(found[at]?.[0]?.[0])]));
  const dbNow = place.now();
  const replayed: Committed = { ok: true, revs, dbNow, counters: [], replayed: true };
  const stage = plan.guards.find((guard) => guard.kind === "stage")?.key;
  return stage ? withFacts(yield* all(factsStatement(schema, stage)), replayed) : replayed;
}
