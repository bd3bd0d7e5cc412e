import type { BoundPersistence } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import { answered } from "./answered.ts";
import { commitPart } from "./commits.ts";
import { sqliteQueries } from "./queries.ts";
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
    load: (runId, need) => {
      const reads = snapshotReads(schema, runId, need);
      return calls.read("load", () => answered(store, reads));
    },
    commit: (plan) => calls.read("commit", () => commitPart(store, plan)),
  };
}
