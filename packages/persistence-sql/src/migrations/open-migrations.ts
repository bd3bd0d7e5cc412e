import type { Migration } from "./migration.ts";
import type { MigrationStore } from "./runner.ts";

/** What can be applied to a database that is open. */
export interface OpenMigrations {
  readonly store: MigrationStore;
  readonly migrations: readonly Migration[];
  close(): Promise<void>;
}

/** Whatever opens: `read` promises to change nothing, a file that is absent included. */
export type Purpose = "read" | "migrate";
