import type { CommitPlan, CommitResult, Committed, EpochMs, Refusal } from "@pawl/kernel/ports";
import { factsStatement, withFacts } from "../statements/commit.ts";
import { snapshotReads } from "../statements/load.ts";
import { diagnosePlan, guardedRun } from "../statements/refusal.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";
import type { Verdict } from "./verdict.ts";

export interface RefusedPlan {
  readonly plan: CommitPlan;
  readonly failed: Verdict;
  /** When its guards were looked at; only sessions end by time. */
  readonly now: EpochMs;
}

type Rows = readonly (readonly SqlRow[])[];

/** Answers plans that were not written, from one state of the database, in one round trip. */
export async function answerRefused(
  store: MysqlStore,
  session: Session,
  refused: readonly RefusedPlan[],
): Promise<readonly CommitResult[]> {
  if (refused.length === 0) return [];
  const readings = refused.map((one) => readingOf(store, one));
  const statements = readings.flatMap((reading) => reading.statements);
  const [time, ...rows] = await session.reading([nowStatement(store), ...statements]);
  const dbNow = Number(time?.[0]?.[0]);
  let at = 0;
  return readings.map(({ statements, answer }) => {
    at += statements.length;
    return answer(rows.slice(at - statements.length, at), dbNow);
  });
}

interface Reading {
  readonly statements: readonly Statement[];
  answer(rows: Rows, dbNow: EpochMs): CommitResult;
}

const NEED = { stages: "current", waits: true, signals: true } as const;

function readingOf({ schema }: MysqlStore, { plan, failed, now }: RefusedPlan): Reading {
  const diagnosis = diagnosePlan(schema, plan);
  const runId = guardedRun(plan);
  const snapshot = runId === undefined ? undefined : snapshotReads(schema, runId, NEED);
  const replay = replayOf(schema, plan);
  const parts = [diagnosis.statements, snapshot?.statements ?? [], replay.statements];
  const [ofDiagnosis = 0, ofSnapshot = 0] = parts.map(({ length }) => length);
  return {
    statements: parts.flat(),
    answer(rows, dbNow) {
      const verdict = diagnosis.verdict(rows.slice(0, ofDiagnosis), now);
      if (verdict === "replayed") {
        return replay.answer(rows.slice(ofDiagnosis + ofSnapshot), dbNow);
      }
      const why = failed === "unlocked" ? whyUnlocked(verdict) : failed;
      const seen = snapshot?.answer(rows.slice(ofDiagnosis, ofDiagnosis + ofSnapshot), dbNow);
      return { ok: false, why, dbNow, ...(seen ? { snapshot: seen } : {}) };
    },
  };
}

/** A row that is there and as it should be, and yet could not be locked, is another's. */
const whyUnlocked = (verdict: Refusal | "unclear"): Refusal =>
  verdict === "unclear" ? "busy" : verdict;

interface Replay {
  readonly statements: readonly Statement[];
  answer(rows: Rows, dbNow: EpochMs): Committed;
}

function replayOf(schema: Schema, plan: CommitPlan): Replay {
  const runIds = [...new Set(plan.events.map(({ runId }) => runId))];
  const { runs } = schema.tables;
  const text = schema.text("rev of run", () => `SELECT rev FROM ${runs.sql} WHERE id = ?`);
  const stage = plan.guards.find((guard) => guard.kind === "stage")?.key;
  return {
    statements: [
      ...runIds.map((runId) => ({ text, params: [runId] })),
      ...(stage ? [factsStatement(schema, stage)] : []),
    ],
    answer(rows, dbNow) {
      const revs = Object.fromEntries(
        runIds.map((runId, at) => [runId, Number(rows[at]?.[0]?.[0])]),
      );
      const replayed = { ok: true, revs, dbNow, counters: [], replayed: true } as const;
      return stage ? withFacts(rows[runIds.length], replayed) : replayed;
    },
  };
}
