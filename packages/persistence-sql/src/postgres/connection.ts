import type pg from "pg";
import type { ObservedCall } from "../observed-call.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { type BellParts, PostgresBell } from "./bell/postgres-bell.ts";
import { cancelStatement } from "./cancel.ts";
import type { PostgresClient, PostgresClients } from "./driver.ts";
import { closedError, isLost, isRetryable, StatementTimeout, translate } from "./errors.ts";
import { PreparedTexts } from "./prepared-texts.ts";

export interface ConnectionOptions {
  readonly pool: PostgresClients;
  /** A pool of the caller's is left open. */
  readonly ownsPool: boolean;
  /** Host, port and database. */
  readonly place: string;
  readonly statementTimeoutMs: number;
  readonly prepare: boolean;
  readonly observe?: ((call: ObservedCall) => void) | undefined;
}

const TRIES = 4;
const RETRY_DELAY_MAX_MS = 20;
/** Changes of large tables take their time, and so does a starter that migrates before. */
const MIGRATION_TIMEOUT_MS = 600_000;

const INT8 = 20;
const BOOL = 16;
const JSON_TYPE = 114;

/** Numbers up to 2^53, booleans and JSON; everything else is text. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number) => (value: string) => {
    if (oid === INT8) return Number(value);
    if (oid === BOOL) return value === "t";
    return oid === JSON_TYPE ? JSON.parse(value) : value;
  },
};

type Execute = (statement: Statement) => Promise<readonly SqlRow[]>;

/** Statements of one call, each its own transaction. */
export interface PostgresSession {
  /** Executes again what a lost connection or a deadlock interrupted: nothing depends on it. */
  repeat(statement: Statement): Promise<readonly SqlRow[]>;
  /** Executes once; again only when the server says that it undid everything. */
  once(statement: Statement): Promise<readonly SqlRow[]>;
  /** Executes all of it or, when it answers undefined or throws, nothing. */
  transaction<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined>;
  /** Counts a statement that wrote. */
  wrote(): void;
}

/** Does the work of one call of the port, with statements of its own. */
export interface PostgresCalls {
  /** @throws EngineError whatever the driver threw */
  call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T>;
}

/** Executes a text that no value was put into. */
export type Run = (text: string) => Promise<readonly SqlRow[]>;

/** A pool of connections, of which nothing but prepared texts is expected to last. */
export class PostgresConnection implements PostgresCalls {
  readonly place: string;
  readonly #options: ConnectionOptions;
  readonly #prepared: PreparedTexts;
  #closed: Promise<void> | undefined;
  #calls = new Set<Promise<unknown>>();

  constructor(options: ConnectionOptions) {
    this.place = options.place;
    this.#options = options;
    this.#prepared = new PreparedTexts(options.prepare);
  }

  call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const called = this.#call(method, work);
    this.#calls.add(called);
    const done = (): void => void this.#calls.delete(called);
    called.then(done, done);
    return called;
  }

  async #call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(this.place);
    const cost = { statements: 0, commits: 0 };
    const execute: Execute = (statement) => {
      cost.statements += 1;
      return this.#connected((client) => this.#execute(client, statement));
    };
    const within = async <R>(work: (run: Execute) => Promise<R | undefined>) =>
      this.#connected((client) =>
        this.#inTransaction(client, () =>
          work((statement) => {
            cost.statements += 1;
            return this.#execute(client, statement);
          }),
        ),
      );
    const session: PostgresSession = {
      repeat: (statement) => retried(() => execute(statement), isPassing),
      once: (statement) => retried(() => execute(statement), isRetryable),
      transaction: (work) => retried(() => within(work), isRetryable),
      wrote: () => {
        cost.commits += 1;
      },
    };
    try {
      return await work(session);
    } catch (error) {
      throw translate(error, this.place);
    } finally {
      this.#options.observe?.({ method, ...cost });
    }
  }

  /** Several texts of one connection in one transaction; a throw leaves nothing of them. */
  async transaction(work: (run: Run) => Promise<void>): Promise<void> {
    await this.call("migrate", () =>
      this.#connected((client) =>
        this.#inTransaction(client, async () => {
          await work((text) => this.#plain(client, text, MIGRATION_TIMEOUT_MS));
          return true;
        }),
      ),
    );
  }

  /** One text that no value was put into. */
  read(text: string): Promise<readonly SqlRow[]> {
    return this.call("schema", () => this.#connected((client) => this.#plain(client, text)));
  }

  async #plain(
    client: PostgresClient,
    text: string,
    timeoutMs: number = this.#options.statementTimeoutMs,
  ): Promise<readonly SqlRow[]> {
    return (await inTime(client, client.query<unknown[]>(plain(text)), timeoutMs)).rows;
  }

  async #inTransaction<T>(
    client: PostgresClient,
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    await this.#plain(client, "BEGIN");
    try {
      const value = await work();
      await this.#plain(client, value === undefined ? "ROLLBACK" : "COMMIT");
      return value;
    } catch (error) {
      if (!isLost(error)) await this.#plain(client, "ROLLBACK");
      throw error;
    }
  }

  /**
   * News about these tables, on connections made like those of the pool; none beside a
   * pool that does not say how.
   */
  bell({ schema, prefix }: Pick<BellParts, "schema" | "prefix">): PostgresBell | undefined {
    const { Client, options } = this.#options.pool as unknown as {
      readonly Client?: new (config: object) => pg.Client;
      readonly options: object;
    };
    if (!Client) return undefined;
    const connect = (): pg.Client => new Client(options);
    return new PostgresBell({ connect, schema, prefix, place: this.place });
  }

  /** Lets finish what was asked before, and refuses what comes after. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.allSettled([...this.#calls]);
      if (this.#options.ownsPool) await this.#options.pool.end();
    })();
    return this.#closed;
  }

  async #execute(client: PostgresClient, statement: Statement): Promise<readonly SqlRow[]> {
    const { text, name } = this.#prepared.of(statement.text);
    const query = { ...plain(text), values: [...statement.params] };
    const answer = client.query<unknown[]>(name === undefined ? query : { ...query, name });
    return (await inTime(client, answer, this.#options.statementTimeoutMs)).rows;
  }

  /** A connection of the pool, which is given up when it turned out to be lost. */
  async #connected<T>(work: (client: PostgresClient) => Promise<T>): Promise<T> {
    let lost: Error | undefined;
    const onError = (error: Error): void => {
      lost = error;
    };
    const client = await connected(this.#options.pool, onError).catch((error: unknown) => {
      throw translate(error, this.place);
    });
    try {
      return await work(client);
    } catch (error) {
      if (isLost(error)) lost = error as Error;
      throw error;
    } finally {
      client.off("error", onError);
      if (lost) client.on("error", () => {});
      client.release(lost);
    }
  }
}

/**
 * A connection of the pool. It is listened to before the driver reads on, since a server that
 * crashes may let a client in and end it in one packet, and nobody else would hear that.
 */
const connected = (
  pool: PostgresClients,
  onError: (error: Error) => void,
): Promise<PostgresClient> =>
  new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      client?.on("error", onError);
      if (client) resolve(client);
      else reject(error);
    });
  });

/** Gives up after a time, and asks the server to do so, too. */
function inTime<T>(client: PostgresClient, answer: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cancelStatement(client);
      reject(new StatementTimeout(timeoutMs));
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const plain = (text: string) => ({ text, rowMode: "array" as const, types: TYPES });

const isPassing = (error: unknown): boolean =>
  isRetryable(error) || (isLost(error) && !(error instanceof StatementTimeout));

/** Tries again, after a short delay that differs, while `again` says so of what was thrown. */
async function retried<T>(work: () => Promise<T>, again: (error: unknown) => boolean): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES || !again(error)) throw error;
    }
    await pause(Math.min(2 ** tries, RETRY_DELAY_MAX_MS));
  }
}

/** Up to so many milliseconds, at random: who met once should not meet again. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 0.5 + Math.random() * ms));
