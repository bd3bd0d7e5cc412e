import type { EpochMs, Guard } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";
import { encodeAll, type SqlValue } from "./statement.ts";

const TERMINAL = "('completed', 'failed', 'cancelled')";

/** What the text of a guard depends on; guards of one shape share their text. */
export function guardShape(guard: Guard): string {
  switch (guard.kind) {
    case "live":
      return `live${guard.status ? "+status" : ""}${guard.inbox === undefined ? "" : "+inbox"}`;
    case "absent":
    case "version":
      return `${guard.kind}:${guard.row.table}`;
    default:
      return guard.kind;
  }
}

/** A condition that is true when the guard holds. */
function guardText(schema: Schema, guard: Guard): string {
  const { runs, stages, workers, blobTombstones } = schema.tables;
  switch (guard.kind) {
    case "rev":
      return `EXISTS (SELECT 1 FROM ${runs.sql} WHERE id = ? AND rev = ?)`;
    case "live": {
      const inbox = guard.inbox === undefined ? "" : " AND inbox = ?";
      const status = guard.status ? ` AND ${schema.dialect.isIn("status", "text")}` : "";
      const live = `id = ? AND status NOT IN ${TERMINAL}`;
      return `EXISTS (SELECT 1 FROM ${runs.sql} WHERE ${live}${status}${inbox})`;
    }
    case "stage": {
      const owned = `${stages.byKey} AND fence = ? AND status = ?`;
      return `EXISTS (SELECT 1 FROM ${stages.sql} WHERE ${owned})`;
    }
    case "absent": {
      const table = schema.tables[guard.row.table];
      return `NOT EXISTS (SELECT 1 FROM ${table.sql} WHERE ${table.byKey})`;
    }
    case "version": {
      const table = schema.tables[guard.row.table];
      return `EXISTS (SELECT 1 FROM ${table.sql} WHERE ${table.byKey} AND version = ?)`;
    }
    case "session": {
      const valid = "id = ? AND epoch = ? AND status = 'active' AND expires_at > ?";
      return `EXISTS (SELECT 1 FROM ${workers.sql} WHERE ${valid})`;
    }
    case "notCondemned":
      return `NOT EXISTS (SELECT 1 FROM ${blobTombstones.sql} WHERE hash = ?)`;
  }
}

/** Values for `guardText`, in its order. */
export function guardParams(schema: Schema, guard: Guard, now: EpochMs): SqlValue[] {
  switch (guard.kind) {
    case "rev":
      return [guard.runId, guard.rev];
    case "live":
      return [
        guard.runId,
        ...(guard.status ? [schema.dialect.list(guard.status)] : []),
        ...(guard.inbox === undefined ? [] : [guard.inbox]),
      ];
    case "stage": {
      const key = encodeAll(schema.tables.stages.key, guard.key, now);
      return [...key, guard.fence, guard.status];
    }
    case "absent":
      return encodeAll(schema.tables[guard.row.table].key, guard.row.key, now);
    case "version": {
      const key = encodeAll(schema.tables[guard.row.table].key, guard.row.key, now);
      return [...key, guard.version];
    }
    case "session":
      return [guard.id, guard.epoch, now];
    case "notCondemned":
      return [guard.hash];
  }
}

/** One condition over all guards, nested as a balanced tree so that many stay within limits. */
export function allGuards(schema: Schema, guards: readonly Guard[]): string {
  const [first] = guards;
  if (first === undefined) return "1";
  if (guards.length === 1) return guardText(schema, first);
  const middle = Math.ceil(guards.length / 2);
  const left = allGuards(schema, guards.slice(0, middle));
  return `(${left} AND ${allGuards(schema, guards.slice(middle))})`;
}
