import { chownSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SqlClient } from "@pawl/services";
import { mountSmallDisk, unmount } from "./small-disk.ts";

/** A small disk under one database of a server, and under nothing else of it. */
export interface ServerDisk {
  readonly folder: string;
  /** Drops the database and the disk. */
  remove(): Promise<void>;
}

/** Moves an empty database to a small disk; undefined where none may be mounted. */
export const putOnSmallDisk = (
  server: SqlClient,
  { url, name }: { readonly url: string; readonly name: string },
): Promise<ServerDisk | undefined> =>
  url.startsWith("postgres") ? inTablespace(server, name) : inFolder(server, name);

async function inTablespace(server: SqlClient, name: string): Promise<ServerDisk | undefined> {
  const disk = mountSmallDisk();
  if (disk === undefined) return undefined;
  const [row] = await server.rows<{ data_directory: string }>("SHOW data_directory");
  const place = join(disk, "tablespace");
  mkdirSync(place);
  const { uid, gid } = statSync(row?.data_directory ?? "");
  chownSync(place, uid, gid);
  await server.rows(`CREATE TABLESPACE ${name} LOCATION '${place}'`);
  await server.rows(`ALTER DATABASE ${name} SET TABLESPACE ${name}`);
  const remove = async (): Promise<void> => {
    await server.rows(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.rows(`DROP TABLESPACE ${name}`);
    unmount(disk);
    rmdirSync(disk);
  };
  return { folder: disk, remove };
}

/** A database of MariaDB is a folder, which it can't remove while a disk is mounted there. */
async function inFolder(server: SqlClient, name: string): Promise<ServerDisk | undefined> {
  const [row] = await server.rows<{ folder: string }>("SELECT @@datadir AS folder");
  const folder = join(row?.folder ?? "", name);
  const { uid, gid } = statSync(folder);
  if (mountSmallDisk(folder) === undefined) return undefined;
  chownSync(folder, uid, gid);
  const drop = (): Promise<unknown> => server.rows(`DROP DATABASE IF EXISTS ${name}`);
  const remove = async (): Promise<void> => {
    await drop().catch(() => undefined);
    unmount(folder);
    await drop();
  };
  return { folder, remove };
}
