import { isSkipped, privateMariadb, type Skipped } from "@pawl/services";
import { createConnection } from "mariadb";
import { OBSERVER } from "../observer/observer.ts";
import type { StartedServer } from "./started-server.ts";

const SHOWN = [
  "innodb_flush_log_at_trx_commit",
  "innodb_doublewrite",
  "log_bin",
  "innodb_buffer_pool_size",
  "innodb_log_file_size",
] as const;

/** It reads past the cache of the system: with 128 MB, as it comes, the disk would be measured. */
const MEMORY = { "innodb-buffer-pool-size": "1G", "innodb-log-file-size": "1G" } as const;

export async function startMariadb(): Promise<StartedServer | Skipped> {
  const server = await privateMariadb({ settings: { userstat: 1, ...MEMORY } });
  if (isSkipped(server)) return server;
  const connection = await createConnection(server.url);
  await connection.query(`CREATE USER ${OBSERVER}@'%'`);
  await connection.query(`GRANT ALL ON *.* TO ${OBSERVER}@'%'`);
  const columns = ["VERSION()", ...SHOWN.map((name) => `@@${name}`)].join(", ");
  const sql = `SELECT ${columns}`;
  const [row] = (await connection.query({ sql, rowsAsArray: true })) as readonly unknown[][];
  await connection.end();
  const [version, ...values] = row ?? [];
  const facts = SHOWN.map((name, i) => `${name}=${values[i]}`);
  return { server, facts: [`MariaDB ${version}`, ...facts].join(", ") };
}
