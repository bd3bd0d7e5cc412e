import type { Persistence, PersistenceCapabilities } from "@pawl/kernel/ports";
import { heartbeatDescriptor } from "../heartbeat-descriptor.ts";
import { boundPersistence } from "./bound-persistence.ts";
import { claimStages } from "./claims.ts";
import { commitPlans } from "./commits.ts";
import type { PostgresSession } from "./connection.ts";
import { deadSessions } from "./dead-sessions.ts";
import { heartbeat } from "./heartbeat.ts";
import { COMMIT_LANES } from "./own-pools.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { postgresQueries } from "./queries.ts";
import { loadSnapshot, readMemo, sweep } from "./reading.ts";
import type { PostgresStore } from "./store.ts";
import { ackDispatch, ackIntents, take } from "./taking.ts";

const POSTGRES_CAPABILITIES: PersistenceCapabilities = {
  atomic: true,
  interactiveTransactions: true,
  notify: false,
  skipLocked: true,
  commitLanes: COMMIT_LANES,
  maxRowBytes: 1_000_000_000,
  maxParams: 65_535,
};

/** The port over an open, migrated database. */
export function postgresPersistence(store: PostgresStore): Persistence {
  const { connection, schema, bell } = store;
  const callOf = (session: PostgresSession): PostgresCall => ({
    schema,
    session,
    now: () => store.now(),
  });
  return {
    query: postgresQueries(connection, schema),
    capabilities: { ...POSTGRES_CAPABILITIES, notify: bell !== undefined },
    ...(bell ? { workBell: bell } : {}),
    load: (runId, need) =>
      connection.call("load", (session) => loadSnapshot(callOf(session), runId, need)),
    commit: (plan) =>
      connection.call("commit", async (session) => {
        const [result] = await commitPlans(callOf(session), [plan]);
        return result as NonNullable<typeof result>;
      }),
    commitMany: (plans) =>
      connection.call("commitMany", (session) => commitPlans(callOf(session), plans)),
    claim: (request) =>
      connection.call("claim", async (session) =>
        request.definitions.length === 0 || request.limit < 1
          ? []
          : claimStages(callOf(session), request),
      ),
    memoPage: (stage, afterSeq, bounds) =>
      connection.call("memoPage", (session) =>
        readMemo(callOf(session), { stage, afterSeq, bounds }),
      ),
    heartbeat: (session, beat) => heartbeat(store, session, beat),
    heartbeatDescriptor: () => store.place && heartbeatDescriptor(store.place),
    deadSessions: (namespace) => deadSessions(store, namespace),
    sweep: (request) => connection.call("sweep", (session) => sweep(callOf(session), request)),
    takeIntents: (request) => take(store, "intents", request),
    takeDispatch: (request) => take(store, "dispatch", request),
    ackIntents: (ids) => ackIntents(store, ids),
    ackDispatch: (acks) => ackDispatch(store, acks),
    bind: (transaction) => boundPersistence(store, transaction),
    close: async () => {
      await connection.close();
      await bell?.close();
    },
  };
}
