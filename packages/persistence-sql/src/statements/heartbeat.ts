import type { Heartbeat, OwnedStage, SessionRef } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import type { Schema } from "./schema.ts";
import type { Read, SqlRow, Statement } from "./statement.ts";

/** A heartbeat that says which lock its connection holds; without one it holds none. */
export interface LockedBeat extends Heartbeat {
  readonly lockName?: string | null;
}

/** Renews the session and answers its status; no row when it is gone. */
export function beatStatement(
  schema: Schema,
  session: SessionRef,
  beat: LockedBeat & { readonly now: Now },
): Statement {
  const { dialect, tables } = schema;
  const text = schema.text(
    "beat",
    () =>
      `UPDATE ${tables.workers.sql} SET expires_at = ${dialect.now} + ?,` +
      ` beat_at = ${dialect.now}, ${dialect.quote("load")} = ?, lock_name = ?,` +
      " version = version + 1" +
      " WHERE id = ? AND epoch = ? AND status <> 'gone' RETURNING status",
  );
  const now = dialect.nowParams(beat.now);
  const { ttlMs, load, lockName = null } = beat;
  return { text, params: [...now, ttlMs, ...now, load, lockName, session.id, session.epoch] };
}

const OWNED = ["run_id", "stage_id", "map_index", "generation", "fence", "held", "inbox"];

/** Key, fence, hold and inbox of every stage that the session runs. */
export function ownedStatement(schema: Schema, session: SessionRef): Read {
  const { runs, stages } = schema.tables;
  const text = schema.text(
    "owned",
    () =>
      "SELECT s.run_id, s.stage_id, s.map_index, s.generation, s.fence, s.held," +
      ` coalesce((SELECT inbox FROM ${runs.sql} r WHERE r.id = s.run_id), 0) AS inbox` +
      ` FROM ${stages.sql} s${schema.dialect.using(schema.index("stages_session"))}` +
      " WHERE s.session = ? AND s.session_epoch = ? AND s.status = 'running'" +
      " ORDER BY s.run_id, s.stage_id, s.map_index, s.generation",
  );
  return { text, params: [session.id, session.epoch], columns: OWNED };
}

export function ownedStage(row: SqlRow): OwnedStage {
  const [runId, stageId, ...rest] = row as [string, string, ...unknown[]];
  const [mapIndex = 0, generation = 0, fence = 0, held, inbox = 0] = rest as number[];
  return { key: { runId, stageId, mapIndex, generation }, fence, held: Boolean(held), inbox };
}
