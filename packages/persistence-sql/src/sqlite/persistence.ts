import type {
  CommitPlan,
  Persistence,
  PersistenceCapabilities,
  Row,
  TakeRequest,
} from "@pawl/kernel/ports";
import { heartbeatDescriptor } from "../heartbeat-descriptor.ts";
import { snapshotReads } from "../statements/load.ts";
import { rowsOf } from "../statements/rows.ts";
import { sweepReport, sweepStatement } from "../statements/sweep.ts";
import { ackDispatchStatement, ackIntentsStatement, takeStatement } from "../statements/take.ts";
import { boundPersistence } from "./bound-persistence.ts";
import { claimStages, readMemo } from "./claims.ts";
import { commitBatch, commitOne } from "./commits.ts";
import { heartbeat } from "./heartbeat.ts";
import { sqliteQueries } from "./queries.ts";
import type { SqliteStore } from "./store.ts";

const SQLITE_CAPABILITIES: PersistenceCapabilities = {
  atomic: true,
  interactiveTransactions: true,
  notify: false,
  skipLocked: false,
  commitLanes: 1,
  maxRowBytes: 1_000_000_000,
  maxParams: 32_766,
};

/** The port over an open, migrated database. */
export function sqlitePersistence(store: SqliteStore): Persistence {
  const { connection, schema } = store;
  return {
    capabilities: SQLITE_CAPABILITIES,
    query: sqliteQueries(connection, schema),
    load: (runId, need) => {
      const { statements, answer } = snapshotReads(schema, runId, need);
      return connection.read("load", (session) =>
        session.reading(() => answer(session.allOf(statements), store.now())),
      );
    },
    commit: (plan) => connection.write("commit", (session) => commitOne(store, session, plan)),
    commitMany: (plans) => commitMany(store, plans),
    claim: (request) =>
      connection.write("claim", (session) => {
        if (request.definitions.length === 0 || request.limit < 1) return [];
        return session.writing(() => {
          const stages = claimStages(schema, session, { ...request, now: store.now() });
          return { value: stages, commit: stages.length > 0 };
        });
      }),
    memoPage: (stage, afterSeq, bounds) =>
      connection.read("memoPage", (session) =>
        session.reading(() => readMemo(schema, session, { stage, afterSeq, bounds })),
      ),
    heartbeat: (session, beat) => heartbeat(store, session, beat),
    heartbeatDescriptor: () => store.place && heartbeatDescriptor(store.place),
    sweep: (request) =>
      connection.read("sweep", (session) => {
        const now = store.now();
        if (request.kinds.length === 0) return { items: [], dbNow: now };
        return sweepReport(request, session.all(sweepStatement(schema, request, now)), now);
      }),
    takeIntents: (request) => take(store, "intents", request),
    takeDispatch: (request) => take(store, "dispatch", request),
    ackIntents: (ids) =>
      connection.write("ackIntents", (session) => {
        if (ids.length > 0) session.all(ackIntentsStatement(schema, ids));
      }),
    ackDispatch: (acks) =>
      connection.write("ackDispatch", (session) =>
        session.writing(() => {
          for (const ack of acks) session.all(ackDispatchStatement(schema, ack));
          return { value: undefined, commit: acks.length > 0 };
        }),
      ),
    bind: (transaction) => boundPersistence(store, transaction),
    close: () => connection.close(),
  };
}

const commitMany = (
  store: SqliteStore,
  plans: readonly CommitPlan[],
): ReturnType<Persistence["commitMany"]> =>
  store.connection.write("commitMany", (session) => {
    const [first] = plans;
    if (first === undefined) return [];
    return plans.length === 1
      ? [commitOne(store, session, first)]
      : commitBatch(store, session, plans);
  });

function take<T extends "intents" | "dispatch">(
  store: SqliteStore,
  name: T,
  request: TakeRequest,
): Promise<readonly Row<T>[]> {
  const method = name === "intents" ? "takeIntents" : "takeDispatch";
  return store.connection.write(method, (session) => {
    const statement = takeStatement(store.schema, name, { ...request, now: store.now() });
    const rows = rowsOf(store.schema, name, session.all(statement));
    return rows.sort((a, b) => a.createdAt - b.createdAt);
  });
}
