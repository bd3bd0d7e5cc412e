import { EngineError } from "@pawl/kernel";
import { type BoundPersistence, checkSetWise } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import { BoundSession } from "./bound-session.ts";
import { commitOne } from "./commits.ts";
import type { MysqlConnection } from "./driver.ts";
import { translate } from "./errors.ts";
import { mysqlQueries } from "./queries.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

type Work<T> = (session: BoundSession, inDoubt: boolean) => Promise<T>;

/**
 * The port by way of a connection of mariadb that is in a transaction of the caller's.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(store: MysqlStore, transaction: unknown): BoundPersistence {
  const { connections, schema } = store;
  const connection = connectionOf(transaction);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: Work<T>): Promise<T> => {
    const session = new BoundSession(connection);
    try {
      if (!(await session.isBegun())) {
        throw unusable("is in no transaction: beginTransaction() first");
      }
      return await work(session, false);
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

function connectionOf(transaction: unknown): MysqlConnection {
  const connection = transaction as Partial<MysqlConnection> | null;
  if (typeof connection?.beginTransaction === "function") return connection as MysqlConnection;
  throw unusable("is none: give one of mariadb that has begun a transaction");
}

const unusable = (why: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the connection given to bind ${why}`);
