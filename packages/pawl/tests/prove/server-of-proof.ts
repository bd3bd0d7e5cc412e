import {
  isSkipped,
  type OwnServer,
  privateMariadb,
  privatePostgres,
  type Skipped,
} from "@pawl/services";
import type { DatabaseName } from "./options.ts";

/** Calls `tell` with a durable server that nobody else uses, or with none for a file. */
export async function onDatabase<T>(
  name: DatabaseName,
  tell: (on: OwnServer | undefined) => Promise<T>,
): Promise<T> {
  if (name === "sqlite") return tell(undefined);
  const server = await START[name]();
  if (isSkipped(server)) throw new Error(`no ${name} here: ${server.skipped}`);
  try {
    return await tell(server);
  } finally {
    await server.remove();
  }
}

const START: {
  readonly [name in Exclude<DatabaseName, "sqlite">]: () => Promise<OwnServer | Skipped>;
} = { postgres: privatePostgres, mariadb: privateMariadb };
