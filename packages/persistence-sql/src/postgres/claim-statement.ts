import type { ClaimRequest } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import {
  byRank,
  dueStages,
  type Fragment,
  readyStages,
  suspectStages,
  wantedStages,
} from "../statements/claim-candidates.ts";
import { namesOf, type Schema, type Table } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { namesJson } from "./names-text.ts";
import { named, rowsAsJson } from "./together.ts";

/** Claimed stages, of which the planner is to expect one; see the dialect. */
const CLAIMED = "(SELECT * FROM claimed WHERE run_id || '' = run_id)";

const KEY = ["run_id", "stage_id", "map_index", "generation"];

const sameStage = (a: string, b: string): string =>
  KEY.map((column) => `${a}.${column} = ${b}.${column}`).join(" AND ");

/**
 * Claims and all that it brings, in one statement. Candidates are locked before they are chosen,
 * and waits before they are resolved: what others hold is passed over. Changed rows come from
 * RETURNING, since the rest of the statement sees the state before it. The last answer names the
 * session when others hold its row.
 */
export function claimStatement(schema: Schema, request: ClaimRequest, now: Now): Statement {
  const { dialect } = schema;
  const candidates = candidatesOf(schema, request, now);
  const limit = request.alone ? 1 : request.limit;
  const page = Math.trunc(request.memoRecordsMax) + 1;
  const text = schema.text(`claim ${candidates.shape} ${page}`, () =>
    textOf(schema, candidates, page),
  );
  const { id, epoch } = request.session;
  return {
    text,
    params: [
      ...dialect.timedParams(now),
      ...[id, epoch],
      ...candidates.params,
      ...[limit, id, epoch],
      ...[id, epoch],
    ],
    plannedOnce: true,
  };
}

/** Suspects and named stages are few: the best of them are locked in their order. */
function candidatesOf(schema: Schema, request: ClaimRequest, now: Now): Fragment {
  if (request.stages) {
    return ranked(wantedStages(schema, { ...request, stages: request.stages }, now), request.limit);
  }
  if (request.alone) return ranked(suspectStages(schema, request, now), 1);
  const ready = readyStages(schema, request, now);
  const due = dueStages(schema, request, now);
  return {
    shape: `${ready.shape} ${due.shape}`,
    text: `${ready.text} UNION ALL ${due.text}`,
    params: [...ready.params, ...due.params],
  };
}

const ranked = ({ shape, text, params }: Fragment, limit: number): Fragment => ({
  shape,
  text:
    `${text} ORDER BY ${byRank("c.")} LIMIT (SELECT ?::bigint)` +
    " FOR NO KEY UPDATE OF c SKIP LOCKED",
  params: [...params, limit],
});

function textOf(schema: Schema, candidates: Fragment, page: number): string {
  const { dialect, tables } = schema;
  const { stages, workers, waits } = tables;
  const valid =
    `SELECT w.id FROM ${workers.sql} w WHERE w.id = ? AND w.epoch = ? AND w.status = 'active'` +
    ` AND w.expires_at > ${dialect.now}`;
  const parts = [
    `session AS MATERIALIZED (${valid} FOR SHARE OF w SKIP LOCKED)`,
    `locked AS MATERIALIZED (SELECT z.* FROM (${candidates.text}) z` +
      " WHERE EXISTS (SELECT 1 FROM session))",
    `chosen AS MATERIALIZED (SELECT * FROM locked ORDER BY ${byRank("")} LIMIT (SELECT ?::bigint))`,
    `claimed AS (UPDATE ${stages.sql} s SET status = 'running', fence = s.fence + 1,` +
      " session = ?, session_epoch = ?, wake_at = NULL," +
      ` started_at = coalesce(s.started_at, ${dialect.now})` +
      ` WHERE s.ctid = ANY(ARRAY(SELECT id FROM chosen)) RETURNING ${list(stages, "s")})`,
    `last_seqs AS MATERIALIZED (${lastSeqs(schema)})`,
    `settling AS MATERIALIZED (${settling(schema)})`,
    `numbered AS MATERIALIZED (${NUMBERED})`,
    `resolved AS (UPDATE ${waits.sql} w SET outcome = n.outcome, resolved_at = n.resolved_at,` +
      ` seq = n.seq FROM numbered n WHERE ${sameWait(waits)} RETURNING ${list(waits, "w")})`,
  ];
  const busy = rowsAsJson(`${valid} AND NOT EXISTS (SELECT 1 FROM session)`, ["id"]);
  const answers = named([dialect.now, ...answersOf(schema, page), busy]);
  return dialect.timed(`WITH ${parts.join(", ")} SELECT ${answers}`);
}

const list = (table: Table, alias: string): string =>
  table.columns.map(({ sql }) => `${alias}.${sql}`).join(", ");

const sameWait = (waits: Table): string =>
  waits.key.map(({ sql }) => `w.${sql} = n.${sql}`).join(" AND ");

function lastSeqs({ tables: { steps, waits }, dialect }: Schema): string {
  const last = (table: Table): string =>
    `coalesce((SELECT max(x.seq) FROM ${table.sql} x WHERE ${sameStage("x", "c")}), 0)`;
  const key = KEY.map((column) => `c.${column}`).join(", ");
  return `SELECT ${key}, ${dialect.greatest(last(steps), last(waits))} AS seq FROM ${CLAIMED} c`;
}

/** Waits that the claim gives an outcome or a seq, as they are now that nobody can change them. */
function settling({ tables: { waits }, dialect }: Schema): string {
  const key = waits.key.map(({ sql }) => `w.${sql}`).join(", ");
  const outcome =
    "CASE WHEN w.outcome IS NOT NULL THEN w.outcome" +
    " WHEN w.kind IN ('timer', 'poll', 'retry', 'hold') THEN 'fired' ELSE 'timedOut' END";
  const at =
    "CASE WHEN w.outcome IS NOT NULL THEN w.resolved_at" +
    ` WHEN w.kind = 'hold' THEN coalesce(w.due_at, ${dialect.now}) ELSE w.due_at END`;
  return (
    `SELECT ${key}, ${outcome} AS outcome, ${at} AS resolved_at` +
    ` FROM ${CLAIMED} c JOIN ${waits.sql} w ON ${sameStage("w", "c")} WHERE w.seq IS NULL` +
    " AND (w.outcome <> 'closed'" +
    ` OR (w.outcome IS NULL AND (w.kind = 'hold' OR w.due_at <= ${dialect.now})))` +
    " FOR NO KEY UPDATE OF w SKIP LOCKED"
  );
}

const NUMBERED =
  "SELECT g.*, l.seq + row_number() OVER (" +
  "PARTITION BY g.run_id, g.stage_id, g.map_index, g.generation" +
  ' ORDER BY g.resolved_at, g."key", g.occurrence) AS seq' +
  ` FROM settling g JOIN last_seqs l ON ${sameStage("l", "g")}`;

/** What a claim answers, in the order of `ClaimAnswer`. */
function answersOf({ tables, dialect }: Schema, page: number): readonly string[] {
  const { stages, runs, steps, waits, attempts } = tables;
  const memo = (table: Table): string =>
    `SELECT ${list(table, "m")} FROM ${CLAIMED} c` +
    ` CROSS JOIN LATERAL (SELECT * FROM ${table.sql} x` +
    ` WHERE ${sameStage("x", "c")} AND x.seq > 0 ORDER BY x.seq LIMIT ${page}) m`;
  const recorded =
    `SELECT 1 FROM ${steps.sql} s WHERE ${sameStage("s", "a")}` +
    ' AND s."key" = a.step AND s.occurrence = a.occurrence';
  return [
    rowsAsJson("SELECT * FROM claimed", namesOf(stages.columns)),
    rowsAsJson(
      `SELECT ${list(runs, "r")} FROM (SELECT DISTINCT run_id FROM ${CLAIMED} d) c` +
        ` CROSS JOIN LATERAL (SELECT * FROM ${runs.sql} t WHERE t.id = c.run_id LIMIT 1) r`,
      namesOf(runs.columns),
    ),
    rowsAsJson(memo(steps), namesOf(steps.columns)),
    rowsAsJson(memo(waits), namesOf(waits.columns)),
    rowsAsJson("SELECT * FROM resolved", namesOf(waits.columns)),
    rowsAsJson(
      `SELECT ${list(waits, "w")} FROM ${CLAIMED} c` +
        ` CROSS JOIN LATERAL (SELECT * FROM ${waits.sql} x` +
        ` WHERE ${sameStage("x", "c")} AND x.outcome IS NULL OFFSET 0) w` +
        ` ORDER BY ${waits.key.map(({ sql }) => `w.${sql}`).join(", ")}`,
      namesOf(waits.columns),
    ),
    rowsAsJson(
      `SELECT ${list(attempts, "a")} FROM ${CLAIMED} c CROSS JOIN LATERAL` +
        ` (SELECT * FROM ${attempts.sql} x WHERE ${sameStage("x", "c")} AND x.step > ''` +
        " AND x.stage_attempt = c.attempt OFFSET 0) a" +
        ` WHERE NOT EXISTS (${recorded})` +
        ` ORDER BY ${attempts.key.map(({ sql }) => `a.${sql}`).join(", ")}`,
      namesOf(attempts.columns),
    ),
    rowsAsJson("SELECT * FROM last_seqs", [...KEY, "seq"]),
    rowsAsJson(
      "SELECT s.run_id, s.stage_id, s.map_index, s.status, s.output FROM" +
        ` (SELECT DISTINCT c.run_id, e.value AS stage_id FROM ${CLAIMED} c` +
        ` CROSS JOIN LATERAL json_array_elements_text(${namesJson("c.reads")}) e` +
        " WHERE e.value || '' = e.value) k" +
        ` CROSS JOIN LATERAL (SELECT * FROM ${stages.sql} x WHERE x.run_id = k.run_id` +
        ` AND x.stage_id = k.stage_id AND x.superseded = ${dialect.flag(false)} OFFSET 0) s` +
        " ORDER BY s.run_id, s.stage_id, s.map_index",
      ["run_id", "stage_id", "map_index", "status", "output"],
    ),
  ];
}

/**
 * Gives stages back that were claimed and whose rows turned out to be unreadable: ready again, if
 * nobody took them meanwhile.
 */
export function returnStatement(schema: Schema, stages: string): Statement {
  const { dialect, tables } = schema;
  const at = (index: number): string => dialect.tupleAt("k", index, index < 2 ? "text" : "int");
  const same = KEY.map((column, index) => `s.${column} = ${at(index)}`).join(" AND ");
  const text = schema.text(
    "return claimed",
    () =>
      `UPDATE ${tables.stages.sql} s SET status = 'ready', session = NULL, session_epoch = NULL` +
      ` FROM ${dialect.tuplesOf("k")} WHERE ${same} AND s.fence = ${at(4)}` +
      " AND s.status = 'running'",
  );
  return { text, params: [stages] };
}
