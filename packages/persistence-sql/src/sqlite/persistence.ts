import type {
  ClaimedStage,
  ClaimRequest,
  CommitPlan,
  CommitResult,
  Persistence,
  PersistenceCapabilities,
} from "@pawl/kernel/ports";
import { heartbeatDescriptor } from "../heartbeat-descriptor.ts";
import { boundPersistence } from "./bound-persistence.ts";
import { claimStages, readMemo } from "./claims.ts";
import { commitBatch, commitOne } from "./commits.ts";
import { heartbeat } from "./heartbeat.ts";
import { sqliteQueries } from "./queries.ts";
import { snapshotOf } from "./snapshots.ts";
import type { SqliteStore } from "./store.ts";
import { sweep } from "./sweeps.ts";
import { acknowledge, dispatchAcks, intentAcks, take } from "./takes.ts";
import { type Outcome, reading, type Work, writing } from "./work.ts";

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
    load: (runId, need) =>
      connection.read("load", () => reading(() => snapshotOf(store, runId, need))),
    commit: (plan) => connection.write("commit", () => commitOne(store, plan)),
    commitMany: (plans) => connection.write("commitMany", () => commitMany(store, plans)),
    claim: (request) => connection.write("claim", () => claim(store, request)),
    memoPage: (stage, afterSeq, bounds) =>
      connection.read("memoPage", () =>
        reading(() => readMemo(schema, { stage, afterSeq, bounds })),
      ),
    heartbeat: (session, beat) => heartbeat(store, session, beat),
    heartbeatDescriptor: () => store.place && heartbeatDescriptor(store.place),
    sweep: (request) => connection.read("sweep", () => sweep(store, request)),
    takeIntents: (request) =>
      connection.write("takeIntents", () => take(store, "intents", request)),
    takeDispatch: (request) =>
      connection.write("takeDispatch", () => take(store, "dispatch", request)),
    ackIntents: (ids) => connection.write("ackIntents", () => acknowledge(intentAcks(schema, ids))),
    ackDispatch: (acks) =>
      connection.write("ackDispatch", () => acknowledge(dispatchAcks(schema, acks))),
    bind: (transaction) => boundPersistence(store, transaction),
    close: () => connection.close(),
  };
}

function* commitMany(
  store: SqliteStore,
  plans: readonly CommitPlan[],
): Work<readonly CommitResult[]> {
  const [first] = plans;
  if (first === undefined) return [];
  return plans.length === 1 ? [yield* commitOne(store, first)] : yield* commitBatch(store, plans);
}

function* claim(store: SqliteStore, request: ClaimRequest): Work<readonly ClaimedStage[]> {
  if (request.definitions.length === 0 || request.limit < 1) return [];
  return yield* writing(() => claimSome(store, request));
}

function* claimSome(
  store: SqliteStore,
  request: ClaimRequest,
): Work<Outcome<readonly ClaimedStage[]>> {
  const stages = yield* claimStages(store.schema, { ...request, now: store.now() });
  return { value: stages, commit: stages.length > 0 };
}
