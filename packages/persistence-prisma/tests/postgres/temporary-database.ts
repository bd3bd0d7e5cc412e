import { type Persistence, type RowRef, TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import { prismaClient } from "@pawl/prisma-clients";
import { type FreshDatabase, freshDatabase, type Server } from "@pawl/services";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import {
  createPrismaPersistence,
  type PrismaClientLike,
  type PrismaPersistenceOptions,
} from "../../src/index.ts";
import { snake } from "../snake.ts";
import { type TestClock, testClock } from "../test-clock.ts";

export type TestClient = PrismaClientLike & { $disconnect(): Promise<void> };

/** A schema with empty tables, and every persistence opened in it, until `remove`. */
export interface TemporarySchema {
  readonly schema: string;
  readonly clock: TestClock;
  /** Queries beside the engine. */
  readonly pool: pg.Pool;
  readonly prisma: TestClient;
  open(options?: Partial<PrismaPersistenceOptions>): Promise<Persistence>;
  /** Locks a row in a transaction of somebody else. */
  hold(row: RowRef): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** A database of a test file with one client, in which each case gets a schema of its own. */
export interface TemporaryDatabase {
  readonly url: string;
  readonly prisma: TestClient;
  client(url?: string): Promise<TestClient>;
  schema(): TemporarySchema;
  drop(): Promise<void>;
}

export async function temporaryDatabase(server: Pick<Server, "url">): Promise<TemporaryDatabase> {
  const database: FreshDatabase = await freshDatabase(server);
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on("error", () => {});
  const PrismaClient = await prismaClient("postgresql");
  const clients: TestClient[] = [];
  const client = async (url = database.url): Promise<TestClient> => {
    const adapter = new PrismaPg({ connectionString: url, max: 8 });
    const made = new PrismaClient({ adapter });
    clients.push(made);
    return made;
  };
  const prisma = await client();
  const free: string[] = [];
  let schemas = 0;
  return {
    url: database.url,
    prisma,
    client,
    schema: () => {
      const schema = free.pop() ?? `case_${++schemas}`;
      return temporarySchema({ pool, prisma, schema, release: () => free.push(schema) });
    },
    drop: async () => {
      for (const one of clients) await one.$disconnect();
      await pool.end();
      await database.drop();
    },
  };
}

interface Parts {
  readonly pool: pg.Pool;
  readonly prisma: TestClient;
  readonly schema: string;
  release(): void;
}

function temporarySchema({ pool, prisma, schema, release }: Parts): TemporarySchema {
  const clock = testClock();
  const opened: Persistence[] = [];
  return {
    schema,
    clock,
    pool,
    prisma,
    async open(options) {
      const persistence = await createPrismaPersistence({
        ...{ prisma, schema, clock, migrate: true },
        ...options,
      });
      opened.push(persistence);
      return persistence;
    },
    async hold({ table, key }) {
      const client = await pool.connect();
      const fields: readonly string[] = TABLES[table].key;
      const same = fields.map((field, at) => `"${snake(field)}" = $${at + 1}`).join(" AND ");
      const values = fields.map((field) => (key as unknown as Record<string, unknown>)[field]);
      await client.query("BEGIN");
      const text = `SELECT 1 FROM "${schema}"."${snake(table)}" WHERE ${same} FOR UPDATE`;
      const { rowCount } = await client.query(text, values);
      if (rowCount !== 1) throw new Error(`there is no such row in ${table}`);
      return async () => {
        await client.query("ROLLBACK");
        client.release();
      };
    },
    async remove() {
      for (const persistence of opened) await persistence.close();
      const tables = TABLE_NAMES.map((name) => `DELETE FROM "${schema}"."${snake(name)}"`);
      await pool.query(tables.join("; ")).then(release, () => undefined);
    },
  };
}
