import type { Persistence } from "@pawl/kernel/ports";
import {
  createMysqlPersistence,
  createPostgresPersistence,
  createSqlitePersistence,
} from "@pawl/persistence-sql";
import type { DatabasePlace } from "./locations.ts";

export interface OpenChoice {
  /** Of a SQLite file. */
  readonly synchronous: "FULL" | "NORMAL";
  /** Creates and changes tables of a server; those of a file always are. */
  readonly migrate: boolean;
  /** Processes tell each other of work, where the server can. */
  readonly notify?: boolean;
}

/** Opens the database of an application. */
export function openPersistence(
  database: DatabasePlace,
  { synchronous, migrate, notify = true }: OpenChoice,
): Promise<Persistence> {
  switch (database.kind) {
    case "sqlite":
      return createSqlitePersistence({ path: database.path, synchronous });
    case "postgres":
      return createPostgresPersistence({ url: database.url, migrate, notify });
    case "mysql":
      return createMysqlPersistence({ url: database.url, migrate });
  }
}
