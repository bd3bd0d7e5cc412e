import type { Persistence, RowRef } from "@pawl/kernel/ports";
import { TABLE_NAMES } from "@pawl/kernel/ports";
import { type FreshDatabase, freshDatabase } from "@pawl/services";
import { type Connection, createConnection } from "mariadb";
import { openMysql } from "../../src/mysql/open.ts";
import type { MysqlPersistenceOptions } from "../../src/mysql/options.ts";
import { mysqlPersistence } from "../../src/mysql/persistence.ts";
import { snake } from "../../src/statements/schema.ts";

export interface TestClock {
  now(): number;
  advance(ms: number): void;
}

/** A connection that may lose its server between two statements. */
async function adminOf(url: string): Promise<Connection> {
  const connection = await createConnection(url);
  connection.on("error", () => {});
  return connection;
}

function testClock(start = 1_700_000_000_000): TestClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A migrated database for one test file; its rows go with each store. */
export class MysqlDatabase {
  readonly database: FreshDatabase;
  #admin: Connection;

  private constructor(database: FreshDatabase, admin: Connection) {
    this.database = database;
    this.#admin = admin;
  }

  static async on(server: { readonly url: string }): Promise<MysqlDatabase> {
    const empty = await MysqlDatabase.empty(server);
    const store = await openMysql({ url: empty.url, migrate: true });
    await store.connections.close();
    return empty;
  }

  static async empty(server: { readonly url: string }): Promise<MysqlDatabase> {
    const database = await freshDatabase(server);
    return new MysqlDatabase(database, await adminOf(database.url));
  }

  /** After the server was away. */
  async reconnect(): Promise<void> {
    this.#admin.destroy();
    this.#admin = await adminOf(this.url);
  }

  get url(): string {
    return this.database.url;
  }

  /** Statements of somebody else. */
  run(sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
    return this.#admin.query({ sql, rowsAsArray: true, bigIntAsNumber: true }, values);
  }

  /** Handles on the database, whose rows go with them. */
  store(): MysqlTestStore {
    return new MysqlTestStore(this);
  }

  async drop(): Promise<void> {
    await this.#admin.end();
    await this.database.drop();
  }
}

export class MysqlTestStore {
  readonly clock: TestClock = testClock();
  readonly #opened: Persistence[] = [];
  readonly #held: Connection[] = [];
  readonly #on: MysqlDatabase;

  constructor(on: MysqlDatabase) {
    this.#on = on;
  }

  async open(options: Partial<MysqlPersistenceOptions> = {}): Promise<Persistence> {
    const given = { url: this.#on.url, clock: this.clock, poolMax: 8, ...options };
    const persistence = mysqlPersistence(await openMysql(given as MysqlPersistenceOptions));
    this.#opened.push(persistence);
    return persistence;
  }

  /** Locks a row in a transaction of somebody else. */
  async hold({ table, key }: RowRef): Promise<() => Promise<void>> {
    const connection = await createConnection(this.#on.url);
    this.#held.push(connection);
    const columns = Object.keys(key).map((field) => `\`${snake(field)}\` = ?`);
    await connection.beginTransaction();
    await connection.query(
      `SELECT 1 FROM \`${snake(table)}\` WHERE ${columns.join(" AND ")} FOR UPDATE`,
      Object.values(key),
    );
    return async () => {
      this.#held.splice(this.#held.indexOf(connection), 1);
      // A server that is told of an end lets the locks go some time after it.
      await connection.rollback();
      await connection.end();
    };
  }

  async remove(): Promise<void> {
    for (const connection of this.#held.splice(0)) await connection.end();
    for (const persistence of this.#opened) await persistence.close();
    for (const table of TABLE_NAMES) await this.#on.run(`DELETE FROM \`${snake(table)}\``);
  }
}
