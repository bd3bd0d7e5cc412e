import type { BoundPersistence, CommitResult } from "@pawl/kernel/ports";
import { BoundCalls } from "./bound-calls.ts";
import { commitPlans } from "./commits.ts";
import type { PostgresSession } from "./connection.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { postgresQueries } from "./queries.ts";
import { loadSnapshot } from "./reading.ts";
import type { PostgresStore } from "./store.ts";

/**
 * The port by way of a transaction of the caller's, as its link takes one.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(
  { connection, schema, now }: PostgresStore,
  transaction: unknown,
): BoundPersistence {
  const link = connection.bind(transaction);
  const calls = new BoundCalls(link, connection.place, transaction as object);
  const callOf = (session: PostgresSession): PostgresCall => ({
    schema,
    session,
    now,
    waitsForKeys: true,
  });
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
