import type { BoundPersistence } from "@pawl/kernel/ports";
import { commitPart } from "./commits.ts";
import { sqliteQueries } from "./queries.ts";
import { snapshotOf } from "./snapshots.ts";
import type { SqliteStore } from "./store.ts";

/**
 * The port by way of a transaction of the caller's, as the store's calls take one.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(store: SqliteStore, transaction: unknown): BoundPersistence {
  const { schema } = store;
  const calls = store.connection.bind(transaction);
  return {
    query: sqliteQueries(calls, schema),
    load: (runId, need) => calls.read("load", () => snapshotOf(store, runId, need)),
    commit: (plan) => calls.read("commit", () => commitPart(store, plan)),
  };
}
