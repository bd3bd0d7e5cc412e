import type { Now } from "../dialects/dialect.ts";
import type { Schema } from "../statements/schema.ts";
import type { PostgresSession } from "./connection.ts";

/** One call of the port at work. */
export interface PostgresCall {
  readonly schema: Schema;
  readonly session: PostgresSession;
  /** A key that another transaction is inserting is waited for; else its plan is refused. */
  readonly waitsForKeys?: boolean;
  /** The instant of a test, else null: the server's clock. */
  now(): Now;
}
