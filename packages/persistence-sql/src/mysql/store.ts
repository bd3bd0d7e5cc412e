import type { Now } from "../dialects/dialect.ts";
import type { MysqlPlace } from "../heartbeat-descriptor.ts";
import type { Schema } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import type { MysqlConnections } from "./connections.ts";
import type { MysqlServer } from "./server.ts";
import type { Turns } from "./turns.ts";
import type { UsedQueues } from "./used-queues.ts";

/** What a persistence on MariaDB or MySQL is made of. */
export interface MysqlStore {
  readonly connections: MysqlConnections;
  readonly schema: Schema;
  readonly server: MysqlServer;
  readonly turns: Turns;
  /** For claims by a worker that serves all queues. */
  readonly queues: UsedQueues;
  /** For another connection to the same rows; undefined where there can't be one. */
  readonly place?: MysqlPlace | undefined;
  /** A key that another transaction is inserting is waited for; else its plan is busy. */
  readonly waitsForKeys?: boolean;
  /** Of the largest row that the server takes. */
  readonly maxRowBytes: number;
  /** Null: the server's clock. An instant of its own is for tests. */
  now(): Now;
}

/** Database time, as a statement by itself. */
export const nowStatement = ({ schema, now }: Pick<MysqlStore, "schema" | "now">): Statement => ({
  text: schema.text("now", () => `SELECT ${schema.dialect.now}`),
  params: schema.dialect.nowParams(now()),
});
