import { nearestTo } from "@pawl/kernel";
import { assertNodeVersion } from "../node-version.ts";
import { failureOf } from "./failure.ts";
import { migrate } from "./migrate.ts";
import type { ExitCode, Terminal } from "./terminal.ts";

const HELP = `pawl <command> [options]

  migrate   creates and changes the tables of a database

"pawl <command> --help" says what a command takes.

Variables that apps read, and commands where it concerns them:
  PAWL_DATABASE_URL   postgres:, mysql:, mariadb: or file: URL, or a path; else DATABASE_URL,
                      else .pawl/pawl.db
  PAWL_QUEUE_URL      redis: or rediss: URL, URL of an SQS queue, or sql: for the database, as when
                      it is unset; several with spaces between: the first is sent to, all consumed
  PAWL_BLOB_URL       file: URL of a folder, or s3://bucket/prefix?region=…&endpoint=…
  PAWL_MIGRATE        auto: an app creates and changes the tables of a server`;

const COMMANDS: Readonly<
  Record<string, (args: readonly string[], terminal: Terminal) => Promise<ExitCode>>
> = { migrate };

/** Runs one command line; nothing is thrown. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  // Package managers hand a leading "--" through.
  const [name, ...args] = argv[0] === "--" ? argv.slice(1) : argv;
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.out(HELP);
    return 0;
  }
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    terminal.complain(`${complaintOf(name)}\n\n${HELP}`);
    return 2;
  }
  try {
    assertNodeVersion();
    return await command(args, terminal);
  } catch (error) {
    terminal.complain(failureOf(error).line);
    return 1;
  }
}

function complaintOf(name: string | undefined): string {
  if (name === undefined) return "A command is missing.";
  const nearest = nearestTo(name, Object.keys(COMMANDS));
  const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  return `There is no command "${name}".${hint}`;
}
