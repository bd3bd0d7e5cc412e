import type { CommitPlan, CommitResult, Committed, EpochMs, Refusal } from "@pawl/kernel/ports";
import { compilePlan, factsStatement, withFacts } from "../statements/commit.ts";
import { snapshotReads } from "../statements/load.ts";
import { diagnosePlan, guardedRun } from "../statements/refusal.ts";
import type { Schema } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { refusedBy } from "./errors.ts";
import type { Session } from "./session.ts";

/** What commits need beside the plan. */
export interface CommitPlace {
  readonly schema: Schema;
  now(): EpochMs;
}

const UNCLEAR_TRIES = 3;

type Failed = NonNullable<ReturnType<typeof refusedBy>>;

/** Commits one plan alone; a plan of one statement needs no transaction around it. */
export function commitOne(place: CommitPlace, session: Session, plan: CommitPlan): CommitResult {
  for (let tries = 0; tries < UNCLEAR_TRIES; tries += 1) {
    const result = unlessRefused(() => executeAlone(place, session, plan));
    if (typeof result !== "string") return result;
    const refused = session.reading(() => answerRefused(place, session, { plan, failed: result }));
    if (refused) return refused;
  }
  return { ok: false, why: "busy", dbNow: place.now() };
}

/** Commits each plan or none of it, all in one transaction. */
export function commitBatch(
  place: CommitPlace,
  session: Session,
  plans: readonly CommitPlan[],
): readonly CommitResult[] {
  return commitTogether(place, session, plans) ?? commitApart(place, session, plans);
}

/**
 * Commits plans of which each is refused by its first statement, which then wrote nothing, or by
 * none: nearly always. Undefined, and nothing is written, when one had to be undone by itself.
 */
const commitTogether = (
  place: CommitPlace,
  session: Session,
  plans: readonly CommitPlan[],
): readonly CommitResult[] | undefined =>
  session.writing(() => {
    const results: CommitResult[] = [];
    for (const plan of plans) {
      const { statements, answer } = compilePlan(place.schema, plan, place.now());
      const first = unlessRefused(() => session.all(statements[0] as Statement));
      if (typeof first === "string") {
        results.push(answerRefusedPart(place, session, { plan, failed: first }));
        continue;
      }
      const others = unlessRefused(() => session.allOf(statements.slice(1)));
      if (typeof others === "string") return { value: undefined, commit: false };
      results.push(answer([first, ...others]));
    }
    return { value: results, commit: wroteAny(results) };
  });

const commitApart = (
  place: CommitPlace,
  session: Session,
  plans: readonly CommitPlan[],
): readonly CommitResult[] =>
  session.writing(() => {
    const results = plans.map((plan) => commitPart(place, session, plan));
    return { value: results, commit: wroteAny(results) };
  });

const wroteAny = (results: readonly CommitResult[]): boolean =>
  results.some((result) => result.ok && !result.replayed);

function executeAlone(place: CommitPlace, session: Session, plan: CommitPlan): Committed {
  if (isOneStatement(plan)) {
    const { statements, answer } = compilePlan(place.schema, plan, place.now());
    if (statements.length === 1) return answer(session.allOf(statements));
  }
  return session.writing(() => ({ value: execute(place, session, plan), commit: true }));
}

function unlessRefused<T>(work: () => T): T | Failed {
  try {
    return work();
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
export function commitPart(place: CommitPlace, session: Session, plan: CommitPlan): CommitResult {
  const result = unlessRefused(() => session.part(() => execute(place, session, plan)));
  if (typeof result !== "string") return result;
  return answerRefusedPart(place, session, { plan, failed: result });
}

/** Runs a plan under the lock that the transaction already holds. */
function execute(place: CommitPlace, session: Session, plan: CommitPlan): Committed {
  const { statements, answer } = compilePlan(place.schema, plan, place.now());
  return answer(session.allOf(statements));
}

interface RefusedPlan {
  readonly plan: CommitPlan;
  readonly failed: Failed;
}

const answerRefusedPart = (
  place: CommitPlace,
  session: Session,
  refused: RefusedPlan,
): CommitResult =>
  answerRefused(place, session, refused) ?? { ok: false, why: "busy", dbNow: place.now() };

/** Why a plan failed, read afterwards; undefined when the guard that was false holds again. */
function answerRefused(
  place: CommitPlace,
  session: Session,
  { plan, failed }: RefusedPlan,
): CommitResult | undefined {
  const now = place.now();
  const diagnosis = diagnosePlan(place.schema, plan);
  const verdict = diagnosis.verdict(session.allOf(diagnosis.statements), now);
  if (verdict === "replayed") return answerReplayed(place, session, plan);
  if (verdict !== "unclear") return refuse(place, session, { plan, why: verdict, now });
  return failed === "guard" ? undefined : refuse(place, session, { plan, why: failed, now });
}

function refuse(
  place: CommitPlace,
  session: Session,
  refused: { readonly plan: CommitPlan; readonly why: Refusal; readonly now: EpochMs },
): CommitResult {
  const { plan, why, now } = refused;
  const runId = guardedRun(plan);
  if (runId === undefined) return { ok: false, why, dbNow: now };
  const need = { stages: "current", waits: true, signals: true } as const;
  const reads = snapshotReads(place.schema, runId, need);
  const snapshot = reads.answer(session.allOf(reads.statements), now);
  return { ok: false, why, dbNow: now, ...(snapshot ? { snapshot } : {}) };
}

function answerReplayed(place: CommitPlace, session: Session, plan: CommitPlan): Committed {
  const { schema } = place;
  const runIds = [...new Set(plan.events.map((event) => event.runId))];
  const text = schema.text(
    "rev of run",
    () => `SELECT rev FROM ${schema.tables.runs.sql} WHERE id = ?`,
  );
  const revs = Object.fromEntries(
    runIds.map((runId) => [runId, Number(session.all({ text, params: [runId] })[0]?.[0])]),
  );
  const dbNow = place.now();
  const replayed: Committed = { ok: true, revs, dbNow, counters: [], replayed: true };
  const stage = plan.guards.find((guard) => guard.kind === "stage")?.key;
  return stage ? withFacts(session.all(factsStatement(schema, stage)), replayed) : replayed;
}
