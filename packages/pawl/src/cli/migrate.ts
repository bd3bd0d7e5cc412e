import { parseArgs } from "node:util";
import { EngineError, nearestTo } from "@pawl/kernel";
import {
  checkTableNames,
  type DatabaseToMigrate,
  type MigrationStep,
  migrateDatabase,
  type SchemaReport,
} from "@pawl/persistence-sql";
import { type DatabasePlace, locateDatabase } from "../locations.ts";
import { failureOf } from "./failure.ts";
import type { ExitCode, Terminal } from "./terminal.ts";

const HELP = `pawl migrate [options]

Creates and changes the tables of a database, under a lock: of several at once one does it and all
succeed. Without --database it takes PAWL_DATABASE_URL, then DATABASE_URL, then .pawl/pawl.db.

  --database <url>        postgres:, mysql:, mariadb: or file: URL, or a path
  --schema <name>         schema of the tables on PostgreSQL; else ?schema= of the URL, or public
  --table-prefix <text>   put before the name of every table
  --status                says what is applied and what is pending; changes nothing
  --json                  one JSON object instead of lines
  --help

Exit codes: 0 done, or nothing to do; 1 it failed; 2 these options make no sense.`;

const OPTIONS = {
  database: { type: "string" },
  schema: { type: "string" },
  "table-prefix": { type: "string" },
  status: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Given = ReturnType<typeof parse>;

/** `pawl migrate`: brings a database to the newest schema, or says how it stands. */
export async function migrate(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let given: Given;
  let database: DatabaseToMigrate;
  try {
    given = parse(args);
    if (given.help) {
      terminal.out(HELP);
      return 0;
    }
    database = databaseOf(given, terminal);
  } catch (error) {
    terminal.complain(`${messageOf(error)}\nRun "pawl migrate --help" to see what there is.`);
    return 2;
  }
  try {
    await carryOut(database, given, terminal);
    return 0;
  } catch (error) {
    const { code, message, line } = failureOf(error);
    if (given.json) terminal.out(JSON.stringify({ error: { code, message } }));
    terminal.complain(line);
    return 1;
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, unknown] = /^Unknown option '--?([^']+)'/.exec(message) ?? [];
  const nearest = unknown === undefined ? undefined : nearestTo(unknown, Object.keys(OPTIONS));
  return nearest === undefined ? message : `${message} Did you mean --${nearest}?`;
}

function databaseOf(given: Given, { env }: Terminal): DatabaseToMigrate {
  if (given.database === "") throw invalid("--database takes a URL or a path, not an empty text.");
  const place: DatabasePlace = locateDatabase(given.database, env);
  const prefix = given["table-prefix"];
  checkTableNames(prefix, given.schema);
  const tables = prefix === undefined ? {} : { tablePrefix: prefix };
  if (place.kind === "postgres") {
    return { ...place, ...tables, ...(given.schema !== undefined && { schema: given.schema }) };
  }
  if (given.schema !== undefined) {
    throw invalid("--schema is for PostgreSQL; name another database instead.");
  }
  return { ...place, ...tables };
}

const invalid = (message: string): EngineError => new EngineError("E_ARGUMENT_INVALID", message);

async function carryOut(
  database: DatabaseToMigrate,
  { status = false, json = false }: Given,
  terminal: Terminal,
): Promise<void> {
  const done: MigrationStep[] = [];
  const progress = (step: MigrationStep): void => {
    if (step.durationMs !== undefined) done.push(step);
    if (!json) terminal.out(stepLine(step));
  };
  const report = await migrateDatabase(database, { apply: !status, progress });
  if (json) {
    terminal.out(JSON.stringify(status ? report : { ...report, done }));
    return;
  }
  const lines = status ? statusLines(report) : [endLine(report, done.length)];
  for (const line of lines) terminal.out(line);
}

const nameOf = ({ number, name }: Pick<MigrationStep, "number" | "name">): string =>
  `${String(number).padStart(4, "0")}_${name}`;

const stepLine = (step: MigrationStep): string =>
  step.durationMs === undefined
    ? `applying ${nameOf(step)}`
    : `applied  ${nameOf(step)} in ${step.durationMs} ms`;

const endLine = ({ place, version }: SchemaReport, done: number): string =>
  done === 0
    ? `${place} is up to date at schema ${version}`
    : `${place} is at schema ${version} now`;

const statusLines = ({ place, version, applied, pending }: SchemaReport): readonly string[] => [
  `${place} is at schema ${version}`,
  ...applied.map((one) => `applied  ${nameOf(one)}`),
  ...pending.map((one) => `pending  ${nameOf(one)}`),
  ...(pending.length > 0 ? ['"pawl migrate" applies what is pending'] : []),
];
