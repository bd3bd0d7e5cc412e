import type { Persistence } from "@pawl/kernel/ports";
import { mysqlDialect } from "../dialects/mysql.ts";
import type { MysqlPlace } from "../heartbeat-descriptor.ts";
import { MYSQL_MIGRATIONS } from "../migrations/mysql.generated.ts";
import { runMigrations } from "../migrations/runner.ts";
import { createSchema } from "../statements/schema.ts";
import { type ConnectOptions, connectServer } from "./connect.ts";
import type { MysqlConnections } from "./connections.ts";
import { mysqlMigrationStore } from "./migration-store.ts";
import { mysqlPersistence } from "./persistence.ts";
import { serverOf } from "./server.ts";
import { checkSettings } from "./settings.ts";
import type { MysqlStore } from "./store.ts";
import { Turns } from "./turns.ts";

export type MysqlPersistenceOptions = ConnectOptions & {
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** True: creates and changes tables. Default false: throws E_SCHEMA_MISSING instead. */
  readonly migrate?: boolean;
};

/** Opens a database of MariaDB 10.6 or newer, or MySQL 8, through the package mariadb. */
export async function createMysqlPersistence(
  options: MysqlPersistenceOptions,
): Promise<Persistence> {
  return mysqlPersistence(await openMysql(options));
}

/** The parts of a persistence on an open, migrated database; `clock` stands in for the server's. */
export async function openMysql(
  options: MysqlPersistenceOptions & { readonly clock?: { now(): number } },
): Promise<MysqlStore> {
  const store = await openMysqlStore(await connectServer(options), options);
  const { tablePrefix = "" } = options;
  const place: MysqlPlace | undefined =
    "url" in options && !options.clock
      ? { kind: "mysql", url: options.url, tablePrefix }
      : undefined;
  return { ...store, place };
}

/** What a persistence needs to know, whoever brings the connections. */
export interface MysqlTables {
  readonly tablePrefix?: string;
  readonly migrate?: boolean;
  readonly clock?: { now(): number };
  /** Transactions say their isolation level themselves, whatever connections are set to. */
  readonly isolated?: boolean;
}

export async function openMysqlStore(
  connections: MysqlConnections,
  { tablePrefix = "", migrate = false, clock, isolated = false }: MysqlTables,
): Promise<MysqlStore> {
  try {
    const { version, maxRowBytes } = await checkSettings(connections, { isolated });
    const known = serverOf(version, connections.place);
    // A record is its own commit, at the level of the connection. Where that is REPEATABLE READ,
    // what RETURNING looks up is locked, and waits for whoever has it.
    const server = { ...known, returning: known.returning && !isolated };
    const schema = createSchema(mysqlDialect(server), tablePrefix);
    const now = (): number | null => clock?.now() ?? null;
    const migrations = mysqlMigrationStore({ connections, server, prefix: tablePrefix, now });
    await runMigrations(migrations, { migrations: MYSQL_MIGRATIONS, apply: migrate });
    return { connections, schema, server, turns: new Turns(), maxRowBytes, now };
  } catch (error) {
    await connections.close().catch(() => undefined);
    throw error;
  }
}
