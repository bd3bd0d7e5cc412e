import { MYSQL_MIGRATIONS } from "../migrations/mysql.generated.ts";
import type { OpenMigrations } from "../migrations/open-migrations.ts";
import { checkTableNames } from "../statements/schema.ts";
import { connectServer } from "./connect.ts";
import { mysqlMigrationStore } from "./migration-store.ts";
import { serverOf } from "./server.ts";
import { checkSettings } from "./settings.ts";

export interface MysqlToMigrate {
  readonly url: string;
  readonly tablePrefix?: string;
}

/** The migrations of a database of MariaDB or MySQL. */
export async function openMysqlMigrations({
  url,
  tablePrefix: prefix = "",
}: MysqlToMigrate): Promise<OpenMigrations> {
  checkTableNames(prefix);
  const connections = await connectServer({ url, poolMax: 2 });
  const close = () => connections.close();
  try {
    const { version } = await checkSettings(connections, { isolated: false });
    const server = serverOf(version, connections.place);
    const store = mysqlMigrationStore({ connections, server, prefix, now: () => null });
    return { store, migrations: MYSQL_MIGRATIONS, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}
