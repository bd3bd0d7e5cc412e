import type { MysqlSession, MysqlSessions } from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike } from "../prisma-client.ts";
import { transactionOf } from "../transaction-client.ts";
import { BoundSession } from "./bound-session.ts";
import { PrismaSession } from "./prisma-session.ts";

/** Sessions for MariaDB and MySQL on a client of the caller's, which is never disconnected. */
export class PrismaSessions implements MysqlSessions {
  readonly place = "the database of the given PrismaClient";
  readonly #prisma: PrismaClientLike;
  readonly #timeoutMs: number;

  constructor(prisma: PrismaClientLike, statementTimeoutMs: number) {
    this.#prisma = prisma;
    this.#timeoutMs = statementTimeoutMs;
  }

  async begin(): Promise<MysqlSession> {
    return new PrismaSession(this.#prisma, this.#timeoutMs);
  }

  bind(transaction: unknown): () => Promise<MysqlSession> {
    const client = transactionOf(transaction);
    return async () => new BoundSession(client);
  }

  async end(): Promise<void> {}
}
