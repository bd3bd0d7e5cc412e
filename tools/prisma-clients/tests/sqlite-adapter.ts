import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";

/**
 * The adapter of a file, for the schema engine.
 *
 * The engine asks for partial indexes with `name = "runs_parent"`, a text in double quotes, which
 * better-sqlite3 13 takes for a column, as SQL has it: the quotes are put right on their way.
 */
export function sqliteAdapter(path: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaBetterSqlite3({ url: `file:${path}` });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => quoting(await factory.connect()),
    connectToShadowDb: async () => quoting(await factory.connectToShadowDb()),
  };
}

function quoting(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const ask = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = (query) =>
    ask({ ...query, sql: query.sql.replace(/name = "(\w+)"/, "name = '$1'") });
  return adapter;
}
