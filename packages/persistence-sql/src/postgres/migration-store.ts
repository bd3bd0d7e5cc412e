import { createHash } from "node:crypto";
import { type Migration, prefixed } from "../migrations/migration.ts";
import type { AppliedMigration, MigrationStore, SchemaState } from "../migrations/runner.ts";
import type { PostgresConnection } from "./connection.ts";
import { asConfigured, asMigrating } from "./errors.ts";
import type { Run } from "./link.ts";

/** Database time, as a migration is recorded with it. */
export const SERVER_NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

export interface SchemaPlace {
  /** Schema of the server; checked, so that it may stand in a text. */
  readonly schema: string;
  readonly prefix: string;
}

/**
 * Migrations of one schema of a server. All that is missing is applied in one transaction, which
 * begins with a lock that no other process gets meanwhile: starters race safely, also behind a
 * pooler, and a migration that fails leaves nothing.
 */
export function postgresMigrationStore(
  connection: PostgresConnection,
  place: SchemaPlace,
  now: string,
): MigrationStore {
  let inside: Run | undefined;
  const run: Run = (text) => (inside ? inside(text) : connection.read(text));
  const table = (name: string): string => `"${place.schema}"."${place.prefix}${name}"`;
  return {
    place: `${connection.place}, schema ${place.schema}`,
    read: () =>
      readState(run, table).catch((error: unknown) => {
        throw asConfigured(error);
      }),
    strangers: async (names) => {
      const list = names.map((name) => literal(place.prefix + name)).join(", ");
      const rows = await run(
        "SELECT relname::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace" +
          ` WHERE nspname = ${literal(place.schema)} AND relname IN (${list}) ORDER BY relname`,
      );
      return rows.map(([name]) => String(name));
    },
    locked: (work) =>
      connection
        .transaction(async (alone) => {
          await alone(`SELECT 1 FROM pg_advisory_xact_lock(${lockOf(place)})`);
          await makeSchema(alone, place.schema);
          await alone(`SET LOCAL search_path TO "${place.schema}"`);
          inside = alone;
          await work().finally(() => {
            inside = undefined;
          });
        })
        .catch((error: unknown) => {
          throw asMigrating(error, place.schema);
        }),
    apply: async (migration: Migration) => {
      await run(prefixed(migration.sql, place.prefix));
    },
    record: async ({ number, name, checksum, minCompatible }, durationMs) => {
      const row = [number, literal(name), literal(checksum), now, durationMs].join(", ");
      await run(`INSERT INTO ${table("migrations")} VALUES (${row})`);
      for (const [key, value] of Object.entries({ schemaVersion: number, minCompatible })) {
        await run(
          `INSERT INTO ${table("meta")} (key, value) VALUES (${literal(key)}, '${value}')` +
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        );
      }
    },
  };
}

/** Names and checksums of migrations that came with this program. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A number of 63 bits that stands for the schema and prefix. */
function lockOf({ schema, prefix }: SchemaPlace): string {
  const digest = createHash("sha256").update(`pawl migrations ${schema} ${prefix}`).digest();
  return `${digest.readBigInt64BE(0) >> 1n}`;
}

/** Only when it is absent: else it takes a right on the whole database that users need not have. */
async function makeSchema(run: Run, schema: string): Promise<void> {
  const found = await run(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`);
  if (found.length === 0) await run(`CREATE SCHEMA "${schema}"`);
}

async function readState(
  run: Run,
  table: (name: string) => string,
): Promise<SchemaState | undefined> {
  const has = (name: string, columns: readonly string[]): string =>
    `(SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('${table(name)}')` +
    ` AND NOT attisdropped AND attname IN (${columns.map(literal).join(", ")}))` +
    ` = ${columns.length}`;
  const own = [has("meta", ["key", "value"]), has("migrations", ["number", "name", "checksum"])];
  const [there] = await run(`SELECT ${own.join(" AND ")}`);
  if (there?.[0] !== true) return undefined;
  const values = new Map((await run(`SELECT key, value FROM ${table("meta")}`)) as never);
  const rows = await run(
    `SELECT number, name, checksum FROM ${table("migrations")} ORDER BY number`,
  );
  const applied = rows.map(
    ([number, name, checksum]) => ({ number, name, checksum }) as AppliedMigration,
  );
  const version = Number(values.get("schemaVersion" as never) ?? 0);
  const minCompatible = Number(values.get("minCompatible" as never) ?? version);
  return { version, minCompatible, applied };
}
