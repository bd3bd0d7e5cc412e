import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { freePort, HOST } from "../free-port.ts";
import { type OwnServer, ownServer } from "../own-server.ts";
import type { Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { ServerProcess } from "../server-process.ts";
import { unprivileged } from "../unprivileged.ts";
import { answersPostgres } from "./answers-postgres.ts";
import { postgresBinaries } from "./postgres-binaries.ts";

export interface PostgresOptions {
  /** Beside the defaults of PostgreSQL, which are durable. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A server of the caller's own, with the role `postgres` and the durability of a product. */
export async function privatePostgres(options: PostgresOptions = {}): Promise<OwnServer | Skipped> {
  const binaries = await postgresBinaries();
  if ("skipped" in binaries) return binaries;
  const { path: folder, remove } = privateFolder("postgres");
  try {
    initialise(binaries.folder, folder);
    return await started({ binaries: binaries.folder, folder, remove, ...options });
  } catch (error) {
    remove();
    return { skipped: `PostgreSQL: ${error instanceof Error ? error.message : error}` };
  }
}

function initialise(binaries: string, folder: string): void {
  const args = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust", "--no-sync"];
  const { status, stderr, error } = spawnSync(
    join(binaries, "initdb"),
    [...args, "-E", "UTF8", "--locale=C"],
    { cwd: folder, encoding: "utf8", ...unprivileged() },
  );
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
}

interface Parts extends PostgresOptions {
  readonly binaries: string;
  readonly folder: string;
  remove(): void;
}

async function started(parts: Parts): Promise<OwnServer> {
  const { binaries, folder, settings = {}, remove } = parts;
  const port = await freePort();
  const url = `postgres://postgres@${HOST}:${port}/postgres`;
  const all = {
    listen_addresses: HOST,
    port,
    unix_socket_directories: "",
    max_connections: 200,
    ...settings,
  };
  const process = new ServerProcess({
    program: join(binaries, "postgres"),
    args: [
      ...["-D", join(folder, "data")],
      ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    folder,
    isReady: () => answersPostgres(url),
  });
  await process.start();
  const signals = { fast: "SIGINT", immediate: "SIGQUIT" } as const;
  return ownServer({ url, port, process, signals, removeData: remove });
}
