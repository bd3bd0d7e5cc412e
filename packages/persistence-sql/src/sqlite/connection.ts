import type { ObservedCall } from "../observed-call.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { boundCalls } from "./bound-calls.ts";
import type { SqliteCalls } from "./calls.ts";
import type { SqliteDatabase } from "./driver.ts";
import { closedError, isLocked, translate } from "./errors.ts";
import { FileIdentity } from "./file-identity.ts";
import { Preparations, Session } from "./session.ts";
import { all, type Work } from "./work.ts";

export interface ConnectionOptions {
  readonly path: string;
  /** How long a call tries again while another process holds the file. */
  readonly lockTimeoutMs: number;
  readonly observe?: ((call: ObservedCall) => void) | undefined;
}

const RETRY_DELAY_MAX_MS = 25;

/**
 * One connection to one file. Work is synchronous, so no other work of this process sees half of
 * it; writers queue, so that one that waits for another process is not overtaken. Work that
 * found the file locked is run again from its beginning, after a delay that blocks nobody.
 */
export class SqliteConnection implements SqliteCalls {
  readonly database: SqliteDatabase;
  readonly path: string;
  readonly #options: ConnectionOptions;
  readonly #prepared: Preparations;
  readonly #file: FileIdentity;
  readonly #waiting: (() => void)[] = [];
  #writing = false;
  #closed = false;

  constructor(database: SqliteDatabase, options: ConnectionOptions) {
    this.database = database;
    this.path = options.path;
    this.#options = options;
    this.#prepared = new Preparations(database);
    this.#file = new FileIdentity(options.path);
  }

  read<T>(method: string, work: () => Work<T>): Promise<T> {
    return this.#call(method, (session) => this.#retried(() => session.run(work())));
  }

  write<T>(method: string, work: () => Work<T>): Promise<T> {
    return this.#call(method, (session) => {
      this.#file.check();
      return this.#exclusively(() => this.#retried(() => session.run(work())));
    });
  }

  /** Works with the driver itself, while no call writes. */
  alone<T>(method: string, work: (database: SqliteDatabase) => T): Promise<T> {
    return this.#call(method, () =>
      this.#exclusively(() => this.#retried(() => work(this.database))),
    );
  }

  async migrate(
    work: (run: (statement: Statement) => Promise<readonly SqlRow[]>) => Promise<void>,
  ): Promise<void> {
    const { database } = this;
    await this.alone("migrate", () => database.exec("BEGIN IMMEDIATE"));
    try {
      await work((statement) => this.read("migrate", () => all(statement)));
      database.exec("COMMIT");
    } catch (error) {
      if (database.inTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  bind(transaction: unknown): Pick<SqliteCalls, "read"> {
    return boundCalls(transaction, this.path);
  }

  /** Waits for the writers before, moves the log into the file and releases it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const released = this.#exclusively(async () => this.#release());
    this.#closed = true;
    await released;
  }

  #release(): void {
    try {
      this.database.pragma("wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (!isLocked(error)) throw translate(error, this.path);
    } finally {
      this.database.close();
    }
  }

  async #call<T>(method: string, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(this.path);
    const session = new Session(this.database, this.#prepared);
    try {
      return await work(session);
    } catch (error) {
      throw translate(error, this.path);
    } finally {
      const { statements, commits } = session;
      this.#options.observe?.({ method, statements, commits });
    }
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#writing) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#writing = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#writing = false;
    }
  }

  async #retried<T>(work: () => T): Promise<T> {
    const giveUpAt = performance.now() + this.#options.lockTimeoutMs;
    for (let tries = 0; ; tries += 1) {
      try {
        return work();
      } catch (error) {
        if (!isLocked(error) || performance.now() >= giveUpAt) throw error;
      }
      const longest = Math.min(2 ** tries, RETRY_DELAY_MAX_MS);
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * longest));
    }
  }
}
