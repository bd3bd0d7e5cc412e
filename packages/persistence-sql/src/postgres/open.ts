import type { EpochMs, Persistence } from "@pawl/kernel/ports";
import { postgresDialect } from "../dialects/postgres.ts";
import type { PostgresPlace } from "../heartbeat-descriptor.ts";
import { POSTGRES_MIGRATIONS } from "../migrations/postgres.generated.ts";
import { runMigrations } from "../migrations/runner.ts";
import { createSchema } from "../statements/schema.ts";
import { bellBeside } from "./bell/postgres-bell.ts";
import { connectPools } from "./connect.ts";
import type { PostgresConnection } from "./connection.ts";
import { postgresMigrationStore, SERVER_NOW } from "./migration-store.ts";
import { type PostgresPersistenceOptions, settled } from "./options.ts";
import { poolsOf } from "./own-pools.ts";
import { postgresPersistence } from "./persistence.ts";
import type { PostgresStore } from "./store.ts";

/** Opens a PostgreSQL database, version 14 or later, through pg. */
export async function createPostgresPersistence(
  options: PostgresPersistenceOptions,
): Promise<Persistence> {
  return postgresPersistence(await openPostgres(settled(options)));
}

async function openPostgres(options: PostgresPersistenceOptions): Promise<PostgresStore> {
  const { schema = "public", tablePrefix = "", notify = true } = options;
  const pools = await poolsOf(options);
  const store = await openPostgresStore(async () => connectPools(pools, options), options);
  const news = { schema, prefix: tablePrefix, place: store.connection.place };
  return {
    ...store,
    bell: notify ? bellBeside(pools.pool, news) : undefined,
    place: ownPlace(options, { schema, tablePrefix }),
  };
}

/** Tables of a persistence, whoever brings the connection. */
export type PostgresTables = Pick<
  PostgresPersistenceOptions,
  "schema" | "tablePrefix" | "migrate" | "migrated" | "clock"
>;

/** The parts of a persistence on a database whose schema was checked. */
export async function openPostgresStore(
  connect: () => Promise<PostgresConnection>,
  options: PostgresTables,
): Promise<PostgresStore> {
  const { schema: name = "public", tablePrefix = "", clock } = options;
  const schema = createSchema(postgresDialect, tablePrefix, name);
  const connection = await connect();
  const now = (): EpochMs | null => clock?.now() ?? null;
  try {
    const appliedAt = clock ? `${clock.now()}` : SERVER_NOW;
    const place = { schema: name, prefix: tablePrefix };
    const store = postgresMigrationStore(connection, place, appliedAt);
    const apply = options.migrate ?? false;
    const change = await runMigrations(store, { migrations: POSTGRES_MIGRATIONS, apply });
    if (change.applied.length > 0) options.migrated?.(change);
    return { connection, schema, now };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** Of a pool that was given, or with a clock for tests, there is none. */
const ownPlace = (
  { url, clock }: PostgresPersistenceOptions,
  names: { readonly schema: string; readonly tablePrefix: string },
): PostgresPlace | undefined =>
  url === undefined || clock ? undefined : { kind: "postgres", url, ...names };
