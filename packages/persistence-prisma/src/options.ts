import type { EpochMs } from "@pawl/kernel/ports";
import type { ObservedCall } from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike } from "./prisma-client.ts";

export type PrismaProvider = "sqlite" | "postgresql" | "mysql";

export interface PrismaPersistenceOptions {
  /** A client of yours with a driver adapter. `close` leaves it connected. */
  readonly prisma: PrismaClientLike;
  /** Which database it speaks to. Found out by a question to it when absent. */
  readonly provider?: PrismaProvider;
  /** Schema of the tables, on PostgreSQL only: lower-case letters, digits and `_`. `public`. */
  readonly schema?: string;
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** True: creates and changes tables. Default false: throws E_SCHEMA_MISSING instead. */
  readonly migrate?: boolean;
  /** How long an answer is waited for, in milliseconds. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Source of database time, for tests; the server's clock by default. */
  readonly clock?: { now(): EpochMs };
  /** Told the cost of every call, for tests and measurements. */
  readonly observe?: (call: ObservedCall) => void;
}
