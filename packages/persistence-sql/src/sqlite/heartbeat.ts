import type { Heartbeat, HeartbeatReply, SessionRef } from "@pawl/kernel/ports";
import { beatStatement, ownedStage, ownedStatement } from "../statements/heartbeat.ts";
import type { SqliteStore } from "./store.ts";
import { all, type Outcome, type Work, writing } from "./work.ts";

/** Renews a session and tells what it owns, in one transaction. */
export const heartbeat = (
  store: SqliteStore,
  ref: SessionRef,
  beat: Heartbeat,
): Promise<HeartbeatReply> =>
  store.connection.write("heartbeat", () => writing(() => beaten(store, ref, beat)));

function* beaten(
  store: SqliteStore,
  ref: SessionRef,
  beat: Heartbeat,
): Work<Outcome<HeartbeatReply>> {
  const now = store.now();
  const [row] = yield* all(beatStatement(store.schema, ref, { ...beat, now }));
  const dead = { alive: false, draining: false, owned: [], expiresAt: now, dbNow: now };
  if (!row) return { value: dead, commit: false };
  const owned = (yield* all(ownedStatement(store.schema, ref))).map(ownedStage);
  const expiresAt = now + beat.ttlMs;
  const draining = row[0] === "draining";
  return { value: { alive: true, draining, owned, expiresAt, dbNow: now }, commit: true };
}
