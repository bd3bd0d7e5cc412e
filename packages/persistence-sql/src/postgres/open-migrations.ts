import type { OpenMigrations } from "../migrations/open-migrations.ts";
import { POSTGRES_MIGRATIONS } from "../migrations/postgres.generated.ts";
import { checkTableNames } from "../statements/schema.ts";
import { connectPools } from "./connect.ts";
import { postgresMigrationStore, SERVER_NOW } from "./migration-store.ts";
import { poolsOf } from "./own-pools.ts";
import { schemaOf } from "./url.ts";

export interface PostgresToMigrate {
  readonly url: string;
  readonly schema?: string;
  readonly tablePrefix?: string;
}

/** The migrations of a schema of a PostgreSQL server. */
export async function openPostgresMigrations({
  url,
  schema: given,
  tablePrefix = "",
}: PostgresToMigrate): Promise<OpenMigrations> {
  const schema = schemaOf({ url, schema: given });
  checkTableNames(tablePrefix, schema);
  const options = { url, poolMax: 2 };
  const connection = connectPools(await poolsOf(options), options);
  return {
    store: postgresMigrationStore(connection, { schema, prefix: tablePrefix }, SERVER_NOW),
    migrations: POSTGRES_MIGRATIONS,
    close: () => connection.close(),
  };
}
