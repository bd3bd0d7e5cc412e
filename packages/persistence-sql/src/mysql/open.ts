import { mysqlDialect } from "../dialects/mysql.ts";
import type { MysqlPlace } from "../heartbeat-descriptor.ts";
import { MYSQL_MIGRATIONS } from "../migrations/mysql.generated.ts";
import { runMigrations, type SchemaChange } from "../migrations/runner.ts";
import { createSchema } from "../statements/schema.ts";
import { connectServer } from "./connect.ts";
import type { MysqlConnections } from "./connections.ts";
import { mysqlMigrationStore } from "./migration-store.ts";
import type { MysqlPersistenceOptions } from "./options.ts";
import { serverOf } from "./server.ts";
import { checkSettings } from "./settings.ts";
import type { MysqlStore } from "./store.ts";
import { Turns } from "./turns.ts";
import { UsedQueues } from "./used-queues.ts";

/** The parts of a persistence on an open, migrated database; `clock` stands in for the server's. */
export async function openMysql(
  options: MysqlPersistenceOptions & { readonly clock?: { now(): number } },
): Promise<MysqlStore> {
  const store = await openMysqlStore(await connectServer(options), options);
  const { tablePrefix = "" } = options;
  const place: MysqlPlace | undefined =
    options.url !== undefined && !options.clock
      ? { kind: "mysql", url: options.url, tablePrefix }
      : undefined;
  return { ...store, place };
}

/** What a persistence needs to know, whoever brings the connections. */
export interface MysqlTables {
  readonly tablePrefix?: string;
  readonly migrate?: boolean;
  readonly migrated?: (change: SchemaChange) => void;
  readonly clock?: { now(): number };
  /** Transactions say their isolation level themselves, whatever connections are set to. */
  readonly isolated?: boolean;
}

export async function openMysqlStore(
  connections: MysqlConnections,
  { tablePrefix = "", migrate = false, migrated, clock, isolated = false }: MysqlTables,
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
    const choice = { migrations: MYSQL_MIGRATIONS, apply: migrate };
    const change = await runMigrations(migrations, choice);
    if (change.applied.length > 0) migrated?.(change);
    const queues = new UsedQueues();
    return { connections, schema, server, turns: new Turns(), queues, maxRowBytes, now };
  } catch (error) {
    await connections.close().catch(() => undefined);
    throw error;
  }
}
