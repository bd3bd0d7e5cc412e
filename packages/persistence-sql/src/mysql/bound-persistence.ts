import { type BoundPersistence, checkSetWise } from "@pawl/kernel/ports";
import { commitOne } from "./commits.ts";
import { translate } from "./errors.ts";
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
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: Work<T>): Promise<T> => {
    try {
      return await work(await begin(), false);
    } catch (error) {
      throw translate(error, connections.place);
    }
  };
  const use = <T>(_method: string, work: Work<T>): Promise<T> => {
    const called = last.then(() => inTurn(work));
    last = called.catch(() => undefined);
    return called;
  };
  return {
    query: mysqlQueries({ use }, schema),
    load: (runId, need) => use("load", (session) => loadSnapshot(store, session, { runId, need })),
    commit: async (plan) => {
      checkSetWise(plan);
      return use("commit", (session) => commitOne(store, session, plan));
    },
  };
}
