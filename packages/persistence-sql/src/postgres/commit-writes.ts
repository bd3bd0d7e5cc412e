import type { StagesWrite } from "@pawl/kernel/ports";
import { type Column, listOf, type Schema, type Table } from "../statements/schema.ts";
import { cellOf, cellTypes, valueSql } from "./cells.ts";
import { LOCK, locked, looked, sameKey } from "./commit-guards.ts";
import type { Kind, TableExpressions } from "./sheet.ts";

/** True for a row of a plan whose guards hold. Asking for it waits for all locks of the batch. */
export const holds = (alias: string): string => `(SELECT holds FROM ok)[${alias}.p + 1]`;

const write = (key: string, types: readonly string[], writing: TableExpressions): Kind => ({
  key,
  types: ["p int", ...types],
  write: writing,
});

const valuesOf = (table: Table): string =>
  table.columns.map((column) => valueSql(column)).join(", ");

export const inserts = (table: Table): Kind =>
  write(
    `w_insert_${table.name}`,
    cellTypes(table.columns),
    (name, source) =>
      `${name} AS (INSERT INTO ${table.sql} (${listOf(table.columns)})` +
      ` SELECT ${valuesOf(table)} FROM ${source})`,
  );

/** Dispatch rows, which replace the one of the same stage. */
export const dispatches = ({ tables: { dispatch } }: Schema): Kind => {
  const changed = dispatch.columns.filter((column) => !dispatch.key.includes(column));
  const set = changed.map(({ sql }) => `${sql} = excluded.${sql}`).join(", ");
  return write(
    "w_upsert_dispatch",
    cellTypes(dispatch.columns),
    (name, source) =>
      `${name} AS (INSERT INTO ${dispatch.sql} (${listOf(dispatch.columns)})` +
      ` SELECT ${valuesOf(dispatch)} FROM ${source}` +
      ` ON CONFLICT (${listOf(dispatch.key)}) DO UPDATE SET ${set})`,
  );
};

/** Events of runs that are there: they take the revs after that of the locked row. */
export const events = ({ tables: { events: table } }: Schema): Kind =>
  write("w_events", cellTypes(table.columns), (name, source) => {
    const values = table.columns.map((column) =>
      column.field === "rev" ? `g.rev + x.${cellOf(column)}` : valueSql(column),
    );
    return (
      `${name} AS (INSERT INTO ${table.sql} (${listOf(table.columns)})` +
      ` SELECT ${values.join(", ")} FROM ${source}` +
      " CROSS JOIN LATERAL (SELECT g.rev FROM g_runs g WHERE g.p = x.p" +
      ` AND g.id = x.${cellOf(table.columns[0] as Column)} LIMIT 1) g)`
    );
  });

export const updates = (table: Table, columns: readonly Column[]): Kind =>
  write(
    `w_update_${table.name} ${columns.map(({ field }) => field).join()}`,
    cellTypes([...table.key, ...columns]),
    (name, source) =>
      `${name} AS (UPDATE ${table.sql} t SET ${changes(columns).join(", ")}` +
      ` FROM ${source} WHERE ${sameKey(table)})`,
  );

const changes = (columns: readonly Column[]): readonly string[] =>
  columns.map((column) => `${column.sql} = ${valueSql(column)}`);

/** What a plan does to the row of a run: set columns, add to counters, raise its rev. */
export const runChanges = (
  { tables: { runs } }: Schema,
  set: readonly Column[],
  added: readonly Column[],
): Kind => {
  const adds = added.map(({ sql }, at) => `${sql} = t.${sql} + x.a${at}`);
  const changed = [...changes(set), ...adds, "rev = t.rev + x.n"].join(", ");
  const shape = [set, added].map((columns) => columns.map(({ field }) => field).join()).join("+");
  const answer = ["p", "id", "rev", "inbox", "sinks_pending"];
  return {
    ...write(
      `w_runs ${shape}`,
      ["n bigint", ...added.map((_, at) => `a${at} bigint`), ...cellTypes([...runs.key, ...set])],
      (name, source) =>
        `${name} AS (UPDATE ${runs.sql} t SET ${changed} FROM ${source}` +
        ` WHERE ${sameKey(runs)} RETURNING x.p, t.id, t.rev, t.inbox, t.sinks_pending)`,
    ),
    answers: {
      as: "runs",
      columns: answer,
      select: (name) => `SELECT ${answer.join(", ")} FROM ${name}`,
    },
  };
};

/** Adds to a counter of stages; `i` is the place of the write among those of its plan. */
export const stageCounters = ({ tables: { stages } }: Schema, column: Column): Kind => ({
  ...write(
    `w_count_${column.field}`,
    ["i int", "n bigint", ...cellTypes(stages.key)],
    (name, source) =>
      `${name} AS (UPDATE ${stages.sql} t SET ${column.sql} = t.${column.sql} + x.n` +
      ` FROM ${source} WHERE ${sameKey(stages)}` +
      ` RETURNING x.p, x.i, t.${column.sql} AS n)`,
  ),
  answers: {
    as: "counters",
    columns: ["p", "i", "n"],
    select: (name) => `SELECT p, i, n FROM ${name}`,
  },
});

/** Rows that share the first `depth` columns of their key. */
export const deletions = (table: Table, depth: number): Kind => {
  const key = table.key.slice(0, depth);
  const same = key.map((column) => `t.${column.sql} = x.${cellOf(column)}`).join(" AND ");
  return write(
    `w_delete_${table.name}_${depth}`,
    cellTypes(key),
    (name, source) => `${name} AS (DELETE FROM ${table.sql} t USING ${source} WHERE ${same})`,
  );
};

const STAGE_KEY = ["stage_id", "map_index", "generation"];

/** Left out: `ex` is a list of stage id, map index and generation. */
const excepted = (alias: string): string =>
  "NOT EXISTS (SELECT 1 FROM json_array_elements(x.ex) e" +
  ` WHERE e.value ->> 0 = ${alias}.stage_id AND (e.value ->> 1)::bigint = ${alias}.map_index` +
  ` AND (e.value ->> 2)::bigint = ${alias}.generation)`;

const MEANT =
  "t.run_id = x.r AND t.superseded = false" +
  " AND (x.open IS NULL OR t.status IN ('blocked', 'ready', 'running', 'suspended'))";

/**
 * All stages of a run that match. Rows are locked first and matched as the lock found them: one
 * that a claim or a reaper moves at this moment would else be missed.
 */
export function stageSets(
  { tables: { stages }, dialect }: Schema,
  columns: readonly Column[],
  raiseFence: StagesWrite["raiseFence"],
): Kind {
  const set = [...changes(columns), ...(raiseFence ? ["fence = t.fence + 1"] : [])];
  const found = ["run_id", ...STAGE_KEY, "status", "held", "hold_reason"];
  const lock = locked({
    key: `s_stages ${columns.map(({ field }) => field).join()} ${raiseFence ?? false}`,
    types: [
      ...["r text", "open boolean", "st text[]", "held boolean", "hr text", "ex json"],
      ...cellTypes(columns),
    ],
    locking: (source, locking) =>
      `SELECT x.p, ${found.map((one) => `t.${one}`).join(", ")} FROM ${source}` +
      looked(stages.sql, MEANT, locking ? LOCK : undefined),
  });
  return {
    ...lock,
    write: (name) =>
      `${name}_w AS (UPDATE ${stages.sql} t SET ${set.join(", ")}` +
      ` FROM ${name} s JOIN (SELECT *, ${dialect.now} AS instant FROM ${name}_x) x ON x.p = s.p` +
      ` WHERE ${holds("s")} AND t.run_id = s.run_id AND t.stage_id = s.stage_id` +
      " AND t.map_index = s.map_index" +
      " AND t.generation = s.generation AND (x.st IS NULL OR s.status = ANY(x.st))" +
      " AND (x.held IS NULL OR s.held = x.held) AND (x.hr IS NULL OR s.hold_reason = x.hr)" +
      ` AND ${excepted("s")})`,
  };
}

/** All waits of a run that have no outcome. */
export function waitClosings({ tables: { waits }, dialect }: Schema): Kind {
  const found = waits.key.map(({ sql }) => `t.${sql}`).join(", ");
  const lock = locked({
    key: "s_waits",
    types: ["r text", "ex json"],
    locking: (source, locking) =>
      `SELECT x.p, ${found} FROM ${source}` +
      looked(waits.sql, "t.run_id = x.r AND t.outcome IS NULL", locking ? LOCK : undefined),
  });
  const same = waits.key.map(({ sql }) => `t.${sql} = s.${sql}`).join(" AND ");
  return {
    ...lock,
    write: (name) =>
      `${name}_w AS (UPDATE ${waits.sql} t` +
      ` SET outcome = 'closed', resolved_at = ${dialect.now} FROM ${name} s` +
      ` JOIN ${name}_x x ON x.p = s.p WHERE ${holds("s")} AND ${same}` +
      ` AND ${excepted("s")})`,
  };
}
