import type { Heartbeat, HeartbeatReply, SessionRef } from "@pawl/kernel/ports";
import { beatStatement, ownedStage, ownedStatement } from "../statements/heartbeat.ts";
import type { SqliteStore } from "./store.ts";

/** Renews a session and tells what it owns, in one transaction. */
export function heartbeat(
  store: SqliteStore,
  ref: SessionRef,
  beat: Heartbeat,
): Promise<HeartbeatReply> {
  return store.connection.write("heartbeat", (session) =>
    session.writing<HeartbeatReply>(() => {
      const now = store.now();
      const [beaten] = session.all(beatStatement(store.schema, ref, { ...beat, now }));
      const dead = { alive: false, draining: false, owned: [], expiresAt: now, dbNow: now };
      if (!beaten) return { value: dead, commit: false };
      const owned = session.all(ownedStatement(store.schema, ref)).map(ownedStage);
      const expiresAt = now + beat.ttlMs;
      const draining = beaten[0] === "draining";
      return { value: { alive: true, draining, owned, expiresAt, dbNow: now }, commit: true };
    }),
  );
}
