import type { Schema, Table } from "../statements/schema.ts";
import { cellOf, cellTypes } from "./cells.ts";
import type { Kind, TableExpressions } from "./sheet.ts";

const TERMINAL = "('completed', 'failed', 'cancelled')";

/** Locks rows without waiting; what another transaction has locked is passed over. */
export const LOCK = " FOR NO KEY UPDATE OF t SKIP LOCKED";
const SHARE = " FOR SHARE OF t SKIP LOCKED";

/**
 * Rows `t` of a table for each row that stands left, looked up by index one by one. A join of its
 * own choice would read the whole table while it is small, and go on so when it is not.
 */
export const looked = (table: string, where: string, lock = " OFFSET 0"): string =>
  ` CROSS JOIN LATERAL (SELECT t.* FROM ${table} t WHERE ${where}${lock}) t`;

/**
 * Each guard is a row that must be locked and then true: conditions stand beside the lock, so
 * they are checked again on what the lock found. A hit counts one for its plan.
 */
const guard = (key: string, types: readonly string[], locking: TableExpressions): Kind => ({
  key,
  types: ["p int", ...types],
  guard: locking,
  hits: (name) => [`SELECT p, 1 AS n FROM ${name}`],
});

const RUN_HOLDS =
  "t.id = x.a AND (x.rev IS NULL OR t.rev = x.rev)" +
  ` AND (x.live IS NULL OR t.status NOT IN ${TERMINAL})` +
  " AND (x.st IS NULL OR t.status = ANY(x.st)) AND (x.inbox IS NULL OR t.inbox = x.inbox)";

/** Runs that a plan guards, or that its events need. */
export const runGuards = ({ tables }: Schema): Kind =>
  guard(
    "g_runs",
    ["a text", "rev bigint", "live boolean", "st text[]", "inbox bigint"],
    (name, source) =>
      `${name} AS MATERIALIZED (SELECT x.p, t.id, t.rev, t.inbox FROM ${source}` +
      looked(tables.runs.sql, RUN_HOLDS, LOCK) +
      ")",
  );

/** Stages that a plan guards; shared when it only adds records to them. */
export const stageGuards = ({ tables }: Schema, shared: boolean): Kind => {
  const { stages, runs } = tables;
  const key = shared ? "g_shared" : "g_stages";
  const owned = `${sameKey(stages)} AND t.fence = x.fence AND t.status = x.st`;
  const facts = (name: string): string =>
    `SELECT g.p, g.held, g.hold_reason, r.inbox FROM ${name} g` +
    ` LEFT JOIN ${runs.sql} r ON r.id = g.run_id WHERE g.first`;
  return {
    ...guard(
      key,
      ["first boolean", "fence bigint", "st text", ...cellTypes(stages.key)],
      (name, source) =>
        `${name} AS MATERIALIZED (SELECT x.p, x.first, t.run_id, t.held, t.hold_reason` +
        ` FROM ${source}${looked(stages.sql, owned, shared ? SHARE : LOCK)})`,
    ),
    answers: { as: "facts", columns: ["p", "held", "hold_reason", "inbox"], select: facts },
  };
};

/** Rows that must not be there. */
export const absentGuards = (table: Table): Kind =>
  guard(
    `g_absent_${table.name}`,
    cellTypes(table.key),
    (name, source) => `${name} AS MATERIALIZED (${absent(table, source)})`,
  );

const absent = (table: Table, source: string): string =>
  `SELECT x.p FROM ${source} LEFT JOIN LATERAL` +
  ` (SELECT 1 AS found FROM ${table.sql} t WHERE ${sameKey(table)} LIMIT 1) t ON true` +
  " WHERE t.found IS NULL";

const KEY_LOCK = {
  tries: (hash: string): string => `pg_try_advisory_xact_lock(${hash})`,
  waits: (hash: string): string => `pg_advisory_xact_lock(${hash}) IS NOT NULL`,
} as const;

/**
 * Rows that must not be there, and that the plan inserts. A unique index lets an insert wait for
 * one of a transaction that has not ended, and all plans of the statement with it. So a lock of
 * the key's own, which ends with its transaction, is taken first, or the guard is false.
 */
export const keyGuards = (table: Table, how: keyof typeof KEY_LOCK): Kind => {
  const key = table.key.map((column) => `x.${cellOf(column)}`).join(", ");
  const hash = `hashtextextended(json_build_array('${table.sql}', ${key})::text, 0)`;
  return guard(
    `g_key_${table.name} ${how}`,
    cellTypes(table.key),
    (name, source) =>
      `${name} AS MATERIALIZED (${absent(table, source)} AND ${KEY_LOCK[how](hash)})`,
  );
};

export const versionGuards = (table: Table): Kind =>
  guard(
    `g_version_${table.name}`,
    ["v bigint", ...cellTypes(table.key)],
    (name, source) =>
      `${name} AS MATERIALIZED (SELECT x.p FROM ${source}` +
      `${looked(table.sql, `${sameKey(table)} AND t.version = x.v`, LOCK)})`,
  );

/** Sessions that must take stages; `own` when the plan changes their row, too. */
export const sessionGuards = ({ tables, dialect }: Schema, own: boolean): Kind =>
  guard(
    own ? "g_own_session" : "g_session",
    ["a text", "epoch bigint"],
    (name, source) =>
      `${name} AS MATERIALIZED (SELECT x.p FROM ${source}` +
      looked(
        tables.workers.sql,
        "t.id = x.a AND t.epoch = x.epoch AND t.status = 'active'" +
          ` AND t.expires_at > ${dialect.now}`,
        own ? LOCK : SHARE,
      ) +
      ")",
  );

/**
 * Rows that a plan changes without a guard on them, by the first `depth` columns of their key:
 * those that are there must be locked. What waits for a lock would hold others up.
 */
export const touched = (table: Table, depth: number): Kind => {
  const key = table.key.slice(0, depth);
  const same = key.map((column) => `t.${column.sql} = x.${cellOf(column)}`).join(" AND ");
  return locked({
    key: `t_${table.name}_${depth}`,
    types: cellTypes(key),
    locking: (source, lock) =>
      `SELECT x.p FROM ${source}${looked(table.sql, same, lock ? LOCK : undefined)}`,
  });
};

interface Locked {
  readonly key: string;
  readonly types: readonly string[];
  /** Selects `p` of rows, and locks them. */
  readonly locking: (source: string, lock: boolean) => string;
}

/** All rows that are there must be locked: each lock counts one, each row one less. */
export const locked = ({ key, types, locking }: Locked): Kind => ({
  key,
  types: ["p int", ...types],
  guard: (name, source) =>
    `${name}_x AS MATERIALIZED (SELECT * FROM ${source}),` +
    ` ${name} AS MATERIALIZED (${locking(`${name}_x x`, true)})`,
  hits: (name) => [
    `SELECT p, 1 AS n FROM ${name}`,
    `SELECT j.p, -1 AS n FROM (${locking(`${name}_x x`, false)}) j`,
  ],
});

export const sameKey = (table: Table): string =>
  table.key.map((column) => `t.${column.sql} = x.${cellOf(column)}`).join(" AND ");
