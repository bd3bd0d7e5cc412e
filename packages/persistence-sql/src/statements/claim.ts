import type { ClaimRequest, EpochMs } from "@pawl/kernel/ports";
import {
  byRank,
  dueStages,
  type Fragment,
  readyStages,
  suspectStages,
  wantedStages,
} from "./claim-candidates.ts";
import { listOf, type Schema } from "./schema.ts";
import { sameStage } from "./stage-tuples.ts";
import type { Statement } from "./statement.ts";

/**
 * Makes the best candidates running under the session and answers their rows in any order;
 * changes nothing when the session is not valid.
 */
export function claimStatement(schema: Schema, request: ClaimRequest, now: EpochMs): Statement {
  const { stages, workers } = schema.tables;
  const candidates = candidatesOf(schema, request, now);
  const limit = request.alone ? 1 : request.limit;
  const text = schema.text(
    `claim ${candidates.shape}`,
    () =>
      `UPDATE ${stages.sql} SET status = 'running', fence = fence + 1, session = ?,` +
      " session_epoch = ?, wake_at = NULL, started_at = coalesce(started_at, ?)" +
      ` WHERE rowid IN (SELECT id FROM (${candidates.text}) ORDER BY ${byRank("")} LIMIT ?)` +
      ` AND EXISTS (SELECT 1 FROM ${workers.sql} WHERE id = ? AND epoch = ?` +
      " AND status = 'active' AND expires_at > ?)" +
      ` RETURNING ${listOf(stages.columns)}`,
  );
  const { id, epoch } = request.session;
  return {
    text,
    params: [id, epoch, now, ...candidates.params, limit, id, epoch, now],
  };
}

function candidatesOf(schema: Schema, request: ClaimRequest, now: EpochMs): Fragment {
  if (request.stages) return wantedStages(schema, { ...request, stages: request.stages }, now);
  if (request.alone) return suspectStages(schema, request, now);
  const ready = readyStages(schema, request, now);
  const due = dueStages(schema, request, now);
  return {
    shape: `${ready.shape} ${due.shape}`,
    text: `${ready.text} UNION ALL ${due.text}`,
    params: [...ready.params, ...due.params],
  };
}

/**
 * Resolves the due waits of claimed stages and gives every resolved wait without a seq the next
 * one of its stage generation, in order of the instant, then of the key.
 */
export function resolveWaits(schema: Schema, keys: string, now: EpochMs): Statement {
  const { steps, waits } = schema.tables;
  const text = schema.text("resolve waits", () => {
    const last = (table: string): string =>
      `coalesce((SELECT max(x.seq) FROM ${table} x WHERE ${sameStage(schema, "x", "k")}), 0)`;
    const settled =
      "SELECT w.rowid AS id, w.run_id, w.stage_id, w.map_index, w.generation," +
      ' w."key" AS op, w.occurrence,' +
      " CASE WHEN w.outcome IS NOT NULL THEN w.outcome" +
      " WHEN w.kind IN ('timer', 'poll', 'retry', 'hold') THEN 'fired' ELSE 'timedOut' END" +
      " AS outcome," +
      " CASE WHEN w.outcome IS NOT NULL THEN w.resolved_at" +
      " WHEN w.kind = 'hold' THEN coalesce(w.due_at, ?) ELSE w.due_at END AS resolved_at," +
      ` max(${last(steps.sql)}, ${last(waits.sql)}) AS last_seq` +
      ` FROM ${schema.dialect.tuplesOf("k")}` +
      ` JOIN ${waits.sql} w ON ${sameStage(schema, "w", "k")} AND w.seq IS NULL` +
      " WHERE w.outcome <> 'closed' OR (w.outcome IS NULL AND (w.kind = 'hold' OR w.due_at <= ?))";
    const numbered =
      "SELECT id, outcome, resolved_at, last_seq + row_number() OVER (" +
      "PARTITION BY run_id, stage_id, map_index, generation" +
      ` ORDER BY resolved_at, op, occurrence) AS seq FROM (${settled})`;
    return (
      `UPDATE ${waits.sql} SET outcome = n.outcome, resolved_at = n.resolved_at, seq = n.seq` +
      ` FROM (${numbered}) n WHERE ${waits.sql}.rowid = n.id`
    );
  });
  return { text, params: [now, keys, now] };
}

/** Rows of runs by id. */
export function claimedRuns(schema: Schema, runIds: readonly string[]): Statement {
  const { runs } = schema.tables;
  const text = schema.text(
    "claimed runs",
    () =>
      `SELECT ${listOf(runs.columns)} FROM ${runs.sql}` +
      ` WHERE ${schema.dialect.isIn("id", "text")}`,
  );
  return { text, params: [schema.dialect.list([...new Set(runIds)])] };
}

/** Outputs that claimed stages read, by tuples of run and stage id. */
export function upstreamOutputs(schema: Schema, reads: string): Statement {
  const { stages } = schema.tables;
  const { dialect } = schema;
  const at = (index: number): string => dialect.tupleAt("k", index, "text");
  const text = schema.text(
    "upstream",
    () =>
      "SELECT s.run_id, s.stage_id, s.map_index, s.status, s.output" +
      ` FROM ${dialect.tuplesOf("k")}` +
      ` JOIN ${stages.sql} s ON s.run_id = ${at(0)} AND s.stage_id = ${at(1)}` +
      ` WHERE s.superseded = ${dialect.flag(false)} ORDER BY s.run_id, s.stage_id, s.map_index`,
  );
  return { text, params: [reads] };
}

/** Failed attempts of steps without record, by tuples of stage key and stage attempt. */
export function openAttempts(schema: Schema, claimed: string): Statement {
  const { attempts, steps } = schema.tables;
  const { dialect } = schema;
  const text = schema.text("open attempts", () => {
    const recorded =
      `SELECT 1 FROM ${steps.sql} s WHERE ${sameStage(schema, "s", "k")}` +
      ` AND s.${dialect.quote("key")} = a.step AND s.occurrence = a.occurrence`;
    return (
      `SELECT ${listOf(attempts.columns, "a.")} FROM ${dialect.tuplesOf("k")}` +
      ` JOIN ${attempts.sql} a ON ${sameStage(schema, "a", "k")} AND a.step > ''` +
      ` WHERE a.stage_attempt = ${dialect.tupleAt("k", 4, "int")} AND NOT EXISTS (${recorded})` +
      ` ORDER BY ${listOf(attempts.key, "a.")}`
    );
  });
  return { text, params: [claimed] };
}
