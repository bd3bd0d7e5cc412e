import { type BoundPersistence, checkSetWise } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import { commitOne } from "./commits.ts";
import { translate } from "./errors.ts";
import { mysqlQueries } from "./queries.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

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
    load: (runId, need) => {
      const { statements, answer } = snapshotReads(schema, runId, need);
      return use("load", async (session) => {
        const [time, ...rows] = await session.reading([nowStatement(store), ...statements]);
        return answer(rows, Number(time?.[0]?.[0]));
      });
    },
    commit: async (plan) => {
      checkSetWise(plan);
      return use("commit", (session) => commitOne(store, session, plan));
    },
  };
}
