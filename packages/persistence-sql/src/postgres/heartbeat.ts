import type { HeartbeatReply, SessionRef } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import {
  beatStatement,
  type LockedBeat,
  ownedStage,
  ownedStatement,
} from "../statements/heartbeat.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import type { PostgresStore } from "./store.ts";
import { named, rowsAsJson } from "./together.ts";

/** Renews a session and tells what it owns, in one statement. */
export function heartbeat(
  { connection, schema, now }: PostgresStore,
  ref: SessionRef,
  beat: LockedBeat,
): Promise<HeartbeatReply> {
  return connection.call("heartbeat", async (session) => {
    const [row] = await session.repeat(heartbeatStatement(schema, ref, { ...beat, now: now() }));
    const [at, status, owned] = row ?? [];
    const dbNow = Number(at);
    if (status === null) {
      return { alive: false, draining: false, owned: [], expiresAt: dbNow, dbNow };
    }
    session.wrote();
    return {
      alive: true,
      draining: status === "draining",
      owned: ((owned ?? []) as readonly SqlRow[]).map(ownedStage),
      expiresAt: dbNow + beat.ttlMs,
      dbNow,
    };
  });
}

/** Renews a session; answers database time, its status or null, and what it owns if it lives. */
function heartbeatStatement(
  schema: Schema,
  session: SessionRef,
  beat: LockedBeat & { readonly now: Now },
): Statement {
  const { dialect } = schema;
  const renewed = beatStatement(schema, session, beat);
  const owned = ownedStatement(schema, session);
  const text = schema.text("heartbeat", () => {
    const list = rowsAsJson(owned.text, owned.columns);
    return dialect.timed(
      `WITH beaten AS (${renewed.text}) SELECT ` +
        named([dialect.now, "b.status", `CASE WHEN b.status IS NOT NULL THEN ${list} END`]) +
        " FROM (SELECT (SELECT status FROM beaten) AS status) b",
    );
  });
  return {
    text,
    params: [...dialect.timedParams(beat.now), ...renewed.params, ...owned.params],
  };
}
