import { type BoundPersistence, checkSetWise } from "@pawl/kernel/ports";
import { inTurnOf } from "../turns-of-callers.ts";
import { commitBound } from "./bound-commit.ts";
import { isDeadlock, translate, undone } from "./errors.ts";
import { mysqlQueries } from "./queries.ts";
import type { Session } from "./session.ts";
import { loadSnapshot } from "./snapshots.ts";
import type { MysqlStore } from "./store.ts";

type Work<T> = (session: Session, inDoubt: boolean) => Promise<T>;

/**
 * The port by way of a transaction of the caller's, as its connections take one.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(store: MysqlStore, transaction: unknown): BoundPersistence {
  const { connections, schema } = store;
  const begin = connections.bind(transaction);
  const inside = { ...store, waitsForKeys: true };
  const use = <T>(_method: string, work: Work<T>): Promise<T> =>
    inTurnOf(transaction as object, async () => {
      try {
        return await work(await begin(), false);
      } catch (error) {
        throw isDeadlock(error) ? undone(error) : translate(error, connections.place);
      }
    });
  return {
    query: mysqlQueries({ use }, schema),
    load: (runId, need) => use("load", (session) => loadSnapshot(store, session, { runId, need })),
    commit: async (plan) => {
      checkSetWise(plan);
      return use("commit", (session) => commitBound(inside, session, plan));
    },
  };
}
