import { EngineError } from "@pawl/kernel";
import { BoundSession } from "./bound-session.ts";
import type { MysqlConnection, MysqlPool } from "./driver.ts";
import { DriverSession } from "./driver-session.ts";
import type { MysqlSessions, Session } from "./session.ts";

export interface PoolOptions {
  readonly pool: Pick<MysqlPool, "getConnection" | "end">;
  /** False: a pool of the caller's. */
  readonly ownsPool: boolean;
  readonly place: string;
}

/** Sessions on connections of a pool of the package mariadb. */
export class PoolSessions implements MysqlSessions {
  readonly place: string;
  readonly #options: PoolOptions;

  constructor(options: PoolOptions) {
    this.place = options.place;
    this.#options = options;
  }

  async begin(): Promise<Session> {
    return new DriverSession(await this.#options.pool.getConnection());
  }

  bind(transaction: unknown): () => Promise<Session> {
    const connection = connectionOf(transaction);
    return async () => {
      const session = new BoundSession(connection);
      if (await session.isBegun()) return session;
      throw unusable("is in no transaction: beginTransaction() first");
    };
  }

  async end(): Promise<void> {
    if (this.#options.ownsPool) await this.#options.pool.end().catch(() => undefined);
  }
}

function connectionOf(transaction: unknown): MysqlConnection {
  const connection = transaction as Partial<MysqlConnection> | null;
  if (typeof connection?.beginTransaction === "function") return connection as MysqlConnection;
  throw unusable("is none: give one of mariadb that has begun a transaction");
}

const unusable = (why: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the connection given to bind ${why}`);
