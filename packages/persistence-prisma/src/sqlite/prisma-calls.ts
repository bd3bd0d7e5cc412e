import {
  inTurnOf,
  isSqliteLocked,
  type ObservedCall,
  type SqliteCalls,
  type SqliteWork,
  sqliteClosedError,
  translateSqlite,
} from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike, PrismaStatements } from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { transactionOf } from "../transaction-client.ts";
import { BoundSession, PrismaSession, type SessionPlace } from "./prisma-session.ts";
import { inTurn } from "./turns.ts";
import { thrown } from "./work-session.ts";

export interface PrismaCallsOptions {
  readonly prisma: PrismaClientLike;
  /** Of the database file; names it in errors. */
  readonly path: string;
  readonly tablePrefix: string;
  readonly timeoutMs: number;
  readonly observe?: ((call: ObservedCall) => void) | undefined;
}

/** Changes of large tables take their time, and so does a starter that migrates before. */
const MIGRATION_TIMEOUT_MS = 600_000;
const RETRY_DELAY_MAX_MS = 25;

/** Calls on a SQLite file through a client of the caller's, which is never disconnected. */
export class PrismaCalls implements SqliteCalls {
  readonly path: string;
  readonly #options: PrismaCallsOptions;
  readonly #place: SessionPlace;
  readonly #pending = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: PrismaCallsOptions) {
    const { prisma, path, tablePrefix, timeoutMs } = options;
    this.path = path;
    this.#options = options;
    const lockText = `UPDATE "${tablePrefix}meta" SET value = value WHERE key = ''`;
    this.#place = { prisma, maxWait: timeoutMs, timeout: timeoutMs, lockText };
  }

  read<T>(method: string, work: () => SqliteWork<T>): Promise<T> {
    return this.#call(method, (session) => this.#retried(() => session.run(work())));
  }

  write<T>(method: string, work: () => SqliteWork<T>): Promise<T> {
    return this.#call(method, (session) =>
      inTurn(this.path, () => this.#retried(() => session.run(work()))),
    );
  }

  /** The lock is taken by making a table, since there may be none yet. */
  async migrate(work: Parameters<SqliteCalls["migrate"]>[0]): Promise<void> {
    const { prisma, tablePrefix } = this.#options;
    const options = { maxWait: MIGRATION_TIMEOUT_MS, timeout: MIGRATION_TIMEOUT_MS };
    const locking = `"${tablePrefix}migrating"`;
    const migrate = async (client: PrismaStatements): Promise<void> => {
      await client.$executeRawUnsafe(`CREATE TABLE ${locking} (x INTEGER)`);
      await client.$executeRawUnsafe(`DROP TABLE ${locking}`);
      await work(async ({ text, params }) =>
        valuesOf(await thrown(() => client.$queryRawUnsafe(text, ...params))),
      );
    };
    await this.#call("migrate", () =>
      inTurn(this.path, () =>
        this.#retried(() => thrown(() => prisma.$transaction(migrate, options))),
      ),
    );
  }

  bind(transaction: unknown): Pick<SqliteCalls, "read"> {
    const caller = transactionOf(transaction);
    return {
      read: (_method, work) =>
        inTurnOf(caller, () => this.#translated(() => new BoundSession(caller).run(work()))),
    };
  }

  /** Lets finish what was asked before, and refuses what comes after. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
  }

  async #call<T>(method: string, work: (session: PrismaSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw sqliteClosedError(this.path);
    const session = new PrismaSession(this.#place);
    const called = this.#translated(() => work(session));
    this.#pending.add(called);
    try {
      return await called;
    } finally {
      this.#pending.delete(called);
      const { statements, commits } = session;
      this.#options.observe?.({ method, statements, commits });
    }
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translateSqlite(error, this.path);
    }
  }

  async #retried<T>(work: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.#options.timeoutMs;
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isSqliteLocked(error) || performance.now() >= giveUpAt) throw error;
      }
      const longest = Math.min(2 ** tries, RETRY_DELAY_MAX_MS);
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * longest));
    }
  }
}
