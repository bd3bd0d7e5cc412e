import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createConnection } from "mariadb";
import { freePort, HOST } from "../free-port.ts";
import { type OwnServer, ownServer } from "../own-server.ts";
import type { Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { ServerProcess } from "../server-process.ts";
import { installByApt } from "../sources/install-by-apt.ts";
import { folderOf } from "../sources/on-path.ts";
import { unprivileged } from "../unprivileged.ts";

export interface MariadbOptions {
  /** Options of `mariadbd` beside its defaults: `{ "innodb-buffer-pool-size": "1G" }`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

interface Programs {
  readonly install: string;
  readonly server: string;
}

/** A server of the caller's own, whose user `root` needs no password. */
export async function privateMariadb(options: MariadbOptions = {}): Promise<OwnServer | Skipped> {
  const programs = await mariadbPrograms();
  if ("skipped" in programs) return programs;
  const { path: folder, remove } = privateFolder("mariadb");
  try {
    initialise(programs.install, folder);
    return await started({ program: programs.server, folder, remove, ...options });
  } catch (error) {
    remove();
    return { skipped: `MariaDB: ${error instanceof Error ? error.message : error}` };
  }
}

async function mariadbPrograms(): Promise<Programs | Skipped> {
  const found = onTheMachine();
  if (found) return found;
  const failed = await installByApt("mariadb-server");
  return onTheMachine() ?? { skipped: failed ?? "no mariadbd" };
}

function onTheMachine(): Programs | undefined {
  const server = folderOf("mariadbd", ["/usr/sbin", "/usr/local/sbin"]);
  const install = folderOf("mariadb-install-db", ["/usr/bin", "/usr/local/bin"]);
  return server === undefined || install === undefined
    ? undefined
    : { server: join(server, "mariadbd"), install: join(install, "mariadb-install-db") };
}

function initialise(program: string, folder: string): void {
  const args = ["--no-defaults", `--datadir=${join(folder, "data")}`, "--skip-test-db"];
  const { status, stdout, stderr, error } = spawnSync(
    program,
    [...args, "--auth-root-authentication-method=normal", "--skip-name-resolve"],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: "utf8",
      ...unprivileged(),
    },
  );
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stdout + stderr}`);
}

interface Parts extends MariadbOptions {
  readonly program: string;
  readonly folder: string;
  remove(): void;
}

async function started({ program, folder, settings = {}, remove }: Parts): Promise<OwnServer> {
  const port = await freePort();
  const url = `mariadb://root@${HOST}:${port}/mysql`;
  const all = {
    datadir: join(folder, "data"),
    "bind-address": HOST,
    port,
    socket: join(folder, "mariadb.sock"),
    // A server that starts removes the temporary tables of any other that has the same folder.
    tmpdir: folder,
    "skip-name-resolve": 1,
    "max-connections": 200,
    ...settings,
  };
  const process = new ServerProcess({
    program,
    args: ["--no-defaults", ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)],
    folder,
    isReady: () => answers(url),
  });
  await process.start();
  const signals = { fast: "SIGTERM", immediate: "SIGKILL" } as const;
  return ownServer({ url, port, process, signals, removeData: remove });
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await createConnection(url);
    await connection.end();
    return true;
  } catch {
    return false;
  }
}
