import type { CommitPlan, CommitResult, Committed, EpochMs, Refusal } from "@pawl/kernel/ports";
import { factsStatement, withFacts } from "../statements/commit.ts";
import { createdRuns } from "../statements/event.ts";
import { type SnapshotReads, snapshotReads } from "../statements/load.ts";
import { diagnosePlan, guardedRun, type Verdict } from "../statements/refusal.ts";
import type { Schema } from "../statements/schema.ts";
import type { Read, SqlRow } from "../statements/statement.ts";
import { unguardedRuns } from "./placed-plan.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { answersOf, together } from "./together.ts";

/** What a plan failed on: a guard, or a lock beside it; or a row that is there. */
export type Failed = "guard" | "exists";

interface FailedPlan {
  readonly plan: CommitPlan;
  readonly failed: Failed;
  readonly last: boolean;
}

/**
 * Why a plan was refused, or that it had been written before, and the snapshot of its run: all by
 * one statement of its own. Undefined when no guard is false any more: a lock was in the way.
 */
export async function refusalOf(
  { schema, session, now }: PostgresCall,
  { plan, failed, last }: FailedPlan,
): Promise<CommitResult | undefined> {
  const reads = readsOf(schema, plan);
  const answered = await session.repeat(together(schema, reads.all, now()));
  const { now: dbNow, rows } = answersOf(answered);
  const found = reads.found(rows, dbNow);
  if (found.verdict === "replayed") return found.replay;
  const why = whyOf(found, failed) ?? (last ? "busy" : undefined);
  if (why === undefined) return undefined;
  const { snapshot } = found;
  return { ok: false, why, dbNow, ...(snapshot ? { snapshot } : {}) };
}

interface Found {
  readonly verdict: Verdict;
  /** Every run that the plan's events need is there. */
  readonly runsThere: boolean;
  readonly replay: Committed;
  readonly snapshot: ReturnType<SnapshotReads["answer"]>;
}

function whyOf({ verdict, runsThere }: Found, failed: Failed): Refusal | undefined {
  if (verdict !== "unclear" && verdict !== "replayed") return verdict;
  if (failed === "exists") return "exists";
  return runsThere ? undefined : "missing";
}

interface PlanReads {
  readonly all: readonly Read[];
  found(rows: readonly (readonly SqlRow[])[], now: EpochMs): Found;
}

const NEED = { stages: "current", waits: true, signals: true } as const;

function readsOf(schema: Schema, plan: CommitPlan): PlanReads {
  const diagnosis = diagnosePlan(schema, plan);
  const runId = guardedRun(plan);
  const reads = runId === undefined ? undefined : snapshotReads(schema, runId, NEED);
  const stage = plan.guards.find((guard) => guard.kind === "stage")?.key;
  const facts = stage ? [factsStatement(schema, stage)] : [];
  const parts = [diagnosis.statements, [revsOf(schema, plan)], facts, reads?.statements ?? []];
  return {
    all: parts.flat(),
    found: (rows, now) => {
      const [diagnosed = [], [revRows = []] = [], factRows = [], snapshotRows = []] = split(
        rows,
        parts.map(({ length }) => length),
      );
      const revs = Object.fromEntries(revRows as unknown as readonly [string, number][]);
      const replay = { ok: true, revs, dbNow: now, counters: [], replayed: true } as const;
      return {
        verdict: diagnosis.verdict(diagnosed, now),
        runsThere: unguardedRuns(plan, createdRuns(plan)).every((id) => Object.hasOwn(revs, id)),
        replay: stage ? withFacts(factRows[0], replay) : replay,
        snapshot: reads?.answer(snapshotRows, now),
      };
    },
  };
}

function revsOf(schema: Schema, { events }: CommitPlan): Read {
  const { runs } = schema.tables;
  const text = schema.text(
    "revs of runs",
    () => `SELECT id, rev FROM ${runs.sql} WHERE ${schema.dialect.isIn("id", "text")}`,
  );
  const ids = [...new Set(events.map(({ runId }) => runId))];
  return { text, params: [schema.dialect.list(ids)], columns: ["id", "rev"] };
}

/** Consecutive parts of a list, of these lengths. */
function split<T>(list: readonly T[], lengths: readonly number[]): readonly (readonly T[])[] {
  let from = 0;
  return lengths.map((length) => {
    from += length;
    return list.slice(from - length, from);
  });
}
