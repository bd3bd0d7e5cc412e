import { EngineError } from "@pawl/kernel";
import type { Logger, Persistence } from "@pawl/kernel/ports";
import {
  createMysqlPersistence,
  createPostgresPersistence,
  createSqlitePersistence,
  type SchemaChange,
} from "@pawl/persistence-sql";
import type { DatabasePlace } from "./locations.ts";

export interface OpenChoice {
  /** Of a SQLite file. */
  readonly synchronous: "FULL" | "NORMAL";
  /** Creates and changes tables of a server; those of a file always are. */
  readonly migrate: boolean;
  /** Processes tell each other of work, where the server can. */
  readonly notify?: boolean;
  /** Statements of PostgreSQL are prepared. */
  readonly prepare?: boolean;
  /** On PostgreSQL only. */
  readonly schema?: string | undefined;
  readonly tablePrefix?: string | undefined;
  /** Told of tables that were created or changed. */
  readonly logger?: Logger;
}

/**
 * Opens the database of an application.
 *
 * @throws EngineError E_ARGUMENT_INVALID for a schema where there is none, and what opening throws
 */
export async function openPersistence(
  database: DatabasePlace,
  choice: OpenChoice,
): Promise<Persistence> {
  if (choice.schema !== undefined && database.kind !== "postgres") throw noSchema(choice.schema);
  try {
    return await open(database, choice);
  } catch (error) {
    throw EngineError.is(error, "E_SCHEMA_MISSING") ? unmigrated(error, choice) : error;
  }
}

function open(database: DatabasePlace, choice: OpenChoice): Promise<Persistence> {
  const {
    synchronous,
    migrate,
    notify = true,
    prepare = true,
    schema,
    tablePrefix,
    logger,
  } = choice;
  const common = {
    ...(logger ? { migrated: (change: SchemaChange) => tell(logger, change) } : {}),
    ...(tablePrefix === undefined ? {} : { tablePrefix }),
  };
  switch (database.kind) {
    case "sqlite":
      return createSqlitePersistence({ ...common, path: database.path, synchronous });
    case "postgres":
      return createPostgresPersistence({
        ...common,
        url: database.url,
        migrate,
        notify,
        prepare,
        ...(schema === undefined ? {} : { schema }),
      });
    case "mysql":
      return createMysqlPersistence({ ...common, url: database.url, migrate });
  }
}

const FIRST = 1;

function tell(logger: Logger, { place, applied }: SchemaChange): void {
  const isNew = applied.some(({ number }) => number === FIRST);
  logger.log("info", isNew ? "tables were created" : "tables were changed", {
    place,
    migrations: applied.map(({ name }) => name),
  });
}

const noSchema = (schema: string): EngineError =>
  new EngineError(
    "E_ARGUMENT_INVALID",
    `Option "schema" of pawl is "${schema}", which only PostgreSQL has; give tablePrefix, or ` +
      "another database.",
    { details: { option: "schema" } },
  );

/** What the adapter says, with the ways of an app. */
function unmigrated(
  { details, cause }: EngineError,
  { schema, tablePrefix }: OpenChoice,
): EngineError {
  const { place, missing } = details;
  const command = [
    "pawl migrate",
    ...(schema === undefined ? [] : [`--schema ${schema}`]),
    ...(tablePrefix === undefined ? [] : [`--table-prefix ${tablePrefix}`]),
  ].join(" ");
  const lacks = Array.isArray(missing) ? `migrations ${missing.join(", ")}` : "tables of Pawl";
  return new EngineError(
    "E_SCHEMA_MISSING",
    `${place} lacks ${lacks}: run "${command}" first, or set PAWL_MIGRATE=auto`,
    { details, cause },
  );
}
