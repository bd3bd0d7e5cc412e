import type { SqlRow, Statement } from "../statements/statement.ts";
import { cancelStatement } from "./cancel.ts";
import { ClientLink } from "./client-link.ts";
import type { PostgresClient, PostgresClients } from "./driver.ts";
import { isLost, isUnprepared, StatementTimeout, translate } from "./errors.ts";
import type { BoundLink, Execute, PostgresLink, Run } from "./link.ts";
import { PreparedTexts } from "./prepared-texts.ts";
import { TYPES } from "./value-types.ts";

export interface PoolLinkOptions {
  readonly pool: PostgresClients;
  /** For statements that are planned once, if there are such connections. */
  readonly planned: PostgresClients | undefined;
  /** Pools of the caller's are left open. */
  readonly ownsPools: boolean;
  /** Host, port and database. */
  readonly place: string;
  readonly statementTimeoutMs: number;
  readonly prepare: boolean;
}

/** Changes of large tables take their time, and so does a starter that migrates before. */
const MIGRATION_TIMEOUT_MS = 600_000;

/** A pool of connections of pg, of which nothing but prepared texts is expected to last. */
export class PoolLink implements PostgresLink {
  readonly place: string;
  readonly #options: PoolLinkOptions;
  readonly #prepared: PreparedTexts;

  constructor(options: PoolLinkOptions) {
    this.place = options.place;
    this.#options = options;
    this.#prepared = new PreparedTexts(options.prepare);
  }

  execute(statement: Statement): Promise<readonly SqlRow[]> {
    const { pool, planned = pool } = this.#options;
    const lender = statement.plannedOnce ? planned : pool;
    return this.#connected((client) => this.#execute(client, statement), lender);
  }

  read(text: string): Promise<readonly SqlRow[]> {
    return this.#connected((client) => this.#plain(client, text));
  }

  transaction<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined> {
    return this.#connected((client) =>
      this.#inTransaction(client, () => work((statement) => this.#execute(client, statement))),
    );
  }

  async migrate(work: (run: Run) => Promise<void>): Promise<void> {
    await this.#connected((client) =>
      this.#inTransaction(client, async () => {
        await work((text) => this.#plain(client, text, MIGRATION_TIMEOUT_MS));
        return true;
      }),
    );
  }

  bind(transaction: unknown): BoundLink {
    return new ClientLink(transaction);
  }

  async end(): Promise<void> {
    const { ownsPools, pool, planned } = this.#options;
    if (ownsPools) await Promise.all([pool.end(), planned?.end()]);
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

  async #execute(client: PostgresClient, statement: Statement): Promise<readonly SqlRow[]> {
    const { text, name } = this.#prepared.of(statement.text);
    const query = { ...plain(text), values: [...statement.params] };
    const answer = client.query<unknown[]>(name === undefined ? query : { ...query, name });
    return (await inTime(client, answer, this.#options.statementTimeoutMs)).rows;
  }

  /** A connection of the pool, which is given up when it turned out to be lost. */
  async #connected<T>(
    work: (client: PostgresClient) => Promise<T>,
    lender = this.#options.pool,
  ): Promise<T> {
    let lost: Error | undefined;
    const onError = (error: Error): void => {
      lost = error;
    };
    const client = await connected(lender, onError).catch((error: unknown) => {
      throw translate(error, this.place);
    });
    try {
      return await work(client);
    } catch (error) {
      if (isLost(error) || isUnprepared(error)) lost = error as Error;
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
