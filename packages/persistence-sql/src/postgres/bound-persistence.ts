import { EngineError } from "@pawl/kernel";
import type { BoundPersistence, CommitResult } from "@pawl/kernel/ports";
import { BoundCalls, type TransactionClient } from "./bound-calls.ts";
import { commitPlans } from "./commits.ts";
import type { PostgresSession } from "./connection.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { postgresQueries } from "./queries.ts";
import { loadSnapshot } from "./reading.ts";
import type { PostgresStore } from "./store.ts";

/**
 * The port by way of a client of pg that is in a transaction of the caller's.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(
  { connection, schema, now }: PostgresStore,
  transaction: unknown,
): BoundPersistence {
  const calls = new BoundCalls(clientOf(transaction), connection.place);
  const callOf = (session: PostgresSession): PostgresCall => ({ schema, session, now });
  return {
    query: postgresQueries(calls, schema),
    load: (runId, need) =>
      calls.call("load", (session) => loadSnapshot(callOf(session), runId, need)),
    commit: (plan) =>
      calls.call("commit", async (session) => {
        const [result] = await commitPlans(callOf(session), [plan]);
        return result as CommitResult;
      }),
  };
}

function clientOf(transaction: unknown): TransactionClient {
  const client = transaction as Partial<TransactionClient & { totalCount: unknown }> | null;
  if (typeof client?.query === "function" && client.totalCount === undefined) {
    return client as TransactionClient;
  }
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    "bind takes a client of pg that has begun a transaction: pool.connect() answers one, a pool " +
      "has none of its own",
  );
}
