import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, HOST } from "../free-port.ts";
import { type OwnServer, ownServer } from "../own-server.ts";
import type { Server, Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { ServerProcess } from "../server-process.ts";
import { installByApt } from "../sources/install-by-apt.ts";
import { folderOf } from "../sources/on-path.ts";
import { answersPostgres } from "./answers-postgres.ts";

/** Fewer than a client of Pawl opens, so that they are lent from one to the next. */
const SERVER_CONNECTIONS = 3;

/**
 * A PgBouncer in transaction mode before every database of a server: a connection of the server is
 * a client's for as long as one transaction.
 */
export async function privatePgbouncer({ url }: Pick<Server, "url">): Promise<OwnServer | Skipped> {
  const program = onTheMachine() ?? (await installed());
  if (typeof program !== "string") return program;
  const { path: folder, remove } = privateFolder("pgbouncer");
  try {
    return await started({ program, folder, remove, target: new URL(url) });
  } catch (error) {
    remove();
    return { skipped: `PgBouncer: ${error instanceof Error ? error.message : error}` };
  }
}

async function installed(): Promise<string | Skipped> {
  const failed = await installByApt("pgbouncer");
  return onTheMachine() ?? { skipped: failed ?? "no pgbouncer" };
}

function onTheMachine(): string | undefined {
  const folder = folderOf("pgbouncer", ["/usr/sbin"]);
  return folder === undefined ? undefined : join(folder, "pgbouncer");
}

interface Parts {
  readonly program: string;
  readonly folder: string;
  readonly target: URL;
  remove(): void;
}

async function started({ program, folder, target, remove }: Parts): Promise<OwnServer> {
  const port = await freePort();
  const config = join(folder, "pgbouncer.ini");
  writeFileSync(config, settings(target, port));
  writeFileSync(join(folder, "users.txt"), `"${target.username}" ""\n`);
  const through = new URL(target);
  through.host = `${HOST}:${port}`;
  const process = new ServerProcess({
    program,
    args: [config],
    folder,
    isReady: () => answersPostgres(through.href),
  });
  await process.start();
  const signals = { fast: "SIGINT", immediate: "SIGTERM" } as const;
  return ownServer({ url: through.href, port, process, signals, removeData: remove });
}

const settings = ({ hostname, port: serverPort }: URL, port: number): string => `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = ${HOST}
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = users.txt
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
`;
