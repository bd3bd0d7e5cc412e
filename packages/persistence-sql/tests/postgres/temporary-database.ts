import { type Persistence, TABLE_NAMES } from "@pawl/kernel/ports";
import { type FreshDatabase, freshDatabase, type Server } from "@pawl/services";
import pg from "pg";
import { createPostgresPersistence, type PostgresPersistenceOptions } from "../../src/index.ts";
import { snake } from "../../src/statements/schema.ts";
import { type TestClock, testClock } from "../test-clock.ts";

/** A schema with empty tables or none, and every persistence opened in it, until `remove`. */
export interface TemporarySchema {
  readonly url: string;
  readonly schema: string;
  readonly clock: TestClock;
  /** Queries beside the engine. */
  readonly pool: pg.Pool;
  open(options?: Partial<PostgresPersistenceOptions>): Promise<Persistence>;
  remove(): Promise<void>;
}

/** A database of a test file, in which each case gets a schema that nobody else uses. */
export interface TemporaryDatabase {
  readonly url: string;
  /** One whose tables others have used and emptied, unless it must be fresh. */
  schema(options?: { readonly fresh?: boolean }): TemporarySchema;
  drop(): Promise<void>;
}

export async function temporaryDatabase(server: Pick<Server, "url">): Promise<TemporaryDatabase> {
  const database: FreshDatabase = await freshDatabase(server);
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on("error", () => {});
  const free: string[] = [];
  let schemas = 0;
  return {
    url: database.url,
    schema: ({ fresh = false } = {}) => {
      const used = fresh ? undefined : free.pop();
      if (used === undefined) schemas += 1;
      const schema = used ?? `case_${schemas}`;
      return temporarySchema(database.url, { pool, schema, release: () => free.push(schema) });
    },
    drop: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

function temporarySchema(
  url: string,
  { pool, schema, release }: { pool: pg.Pool; schema: string; release: () => void },
): TemporarySchema {
  const clock = testClock();
  const opened: Persistence[] = [];
  return {
    url,
    schema,
    clock,
    pool,
    async open(options) {
      const place = options?.pool === undefined ? { url } : {};
      const given = { ...place, schema, clock, poolMax: 4, migrate: true, ...options };
      const persistence = await createPostgresPersistence(given as PostgresPersistenceOptions);
      opened.push(persistence);
      return persistence;
    },
    async remove() {
      for (const persistence of opened) await persistence.close();
      const tables = TABLE_NAMES.map((name) => `DELETE FROM "${schema}"."${snake(name)}"`);
      await pool.query(tables.join("; ")).then(release, () => undefined);
    },
  };
}
