import { EngineError, PersistenceUnavailableError } from "@pawl/kernel";
import { SERVER_NOW } from "../dialects/mysql.ts";
import { type Migration, prefixed, statementsOf } from "../migrations/migration.ts";
import type { MigrationStore, SchemaState } from "../migrations/runner.ts";
import type { SqlValue } from "../statements/statement.ts";
import type { MysqlConnections } from "./connections.ts";
import { isAlreadyDone } from "./errors.ts";
import type { MysqlServer } from "./server.ts";
import type { Session } from "./session.ts";

const LOCK_WAIT_S = 60;

interface Place {
  readonly connections: MysqlConnections;
  readonly server: MysqlServer;
  readonly prefix: string;
  /** Null: the server's clock. */
  now(): number | null;
}

/**
 * Migrations of one database under a lock of the server. A server commits at every change of a
 * table, so the statements done of a migration are counted: one that was broken off goes on.
 */
export function mysqlMigrationStore(place: Place): MigrationStore {
  const { connections } = place;
  let locking: Session | undefined;
  const run = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    locking ? work(locking) : connections.use("schema", work);
  return {
    place: connections.place,
    read: () => run((session) => readState(place, session)),
    strangers: (names) => run((session) => strangers(place, session, names)),
    locked: (work) =>
      connections.use("migrate", (session) =>
        session.alone(place.server, async () => {
          const name = await lock(place, session);
          locking = session;
          try {
            await work();
          } finally {
            locking = undefined;
            await rows(session, "SELECT RELEASE_LOCK(?)", [name]).catch(() => undefined);
          }
        }),
      ),
    apply: (migration) => run((session) => apply(place, session, migration)),
    record: (migration, durationMs) =>
      run((session) => record(place, session, migration, durationMs)),
  };
}

const rows = (session: Session, text: string, params: readonly SqlValue[] = []) =>
  session.all({ text, params });

/** Names of locks are of the whole server, and short. */
async function lock({ connections, prefix }: Place, session: Session): Promise<string> {
  const [hash] = await rows(session, "SELECT LEFT(SHA1(CONCAT(DATABASE(), '/', ?)), 32)", [prefix]);
  const name = `pawl migrate ${hash?.[0]}`;
  const [got] = await rows(session, "SELECT GET_LOCK(?, ?)", [name, LOCK_WAIT_S]);
  if (got?.[0] === 1) return name;
  throw new PersistenceUnavailableError(
    `${connections.place} is being migrated by another process since ${LOCK_WAIT_S} s: wait for it`,
    { code: "E_DATABASE_LOCKED", details: { place: connections.place } },
  );
}

const metaOf = ({ prefix }: Place): string => `\`${prefix}meta\``;
const migrationsOf = ({ prefix }: Place): string => `\`${prefix}migrations\``;

/** By which the two tables of the runner are told from others of their names. */
const COLUMNS = { meta: ["key", "value"], migrations: ["number", "name", "checksum"] } as const;

/** The tables of the runner that are there, in the order in which they are made. */
async function ownTables(
  { prefix }: Place,
  session: Session,
): Promise<readonly (keyof typeof COLUMNS)[]> {
  const found = await rows(
    session,
    "SELECT table_name, column_name FROM information_schema.columns" +
      " WHERE table_schema = DATABASE() AND table_name IN (?, ?)",
    [`${prefix}meta`, `${prefix}migrations`],
  );
  const there = new Set(found.map((names) => names.join(".")));
  return (["meta", "migrations"] as const).filter((table) =>
    COLUMNS[table].every((column) => there.has(`${prefix}${table}.${column}`)),
  );
}

/**
 * Tables that the statements of a migration which broke off did not make: those that were noted
 * down, and the one after, which may have been done. The first two come before any note.
 */
async function strangers(
  place: Place,
  session: Session,
  names: readonly string[],
): Promise<readonly string[]> {
  const { prefix } = place;
  const marks = names.map(() => "?").join(", ");
  const found = await rows(
    session,
    "SELECT table_name, @@lower_case_table_names FROM information_schema.tables" +
      ` WHERE table_schema = DATABASE() AND table_name IN (${marks}) ORDER BY table_name`,
    names.map((name) => prefix + name),
  );
  const begun = await readProgress(place, session);
  const made = [
    ...(await ownTables(place, session)),
    ...(begun ? names.slice(0, begun.done + 1) : []),
  ].map((name) => prefix + name);
  // The view compares without case, the server only where it is set so.
  return found
    .map(([name, anyCase]) => (Number(anyCase) > 0 ? String(name).toLowerCase() : String(name)))
    .filter((name) => names.includes(name.slice(prefix.length)) && !made.includes(name));
}

async function readState(place: Place, session: Session): Promise<SchemaState | undefined> {
  if ((await ownTables(place, session)).length < 2) return undefined;
  const meta = new Map(
    (await rows(session, `SELECT \`key\`, value FROM ${metaOf(place)}`)) as [string, string][],
  );
  const applied = await rows(
    session,
    `SELECT number, name, checksum FROM ${migrationsOf(place)} ORDER BY number`,
  );
  const version = Number(meta.get("schemaVersion") ?? 0);
  return {
    version,
    minCompatible: Number(meta.get("minCompatible") ?? version),
    applied: applied.map(([number, name, checksum]) => ({
      number: Number(number),
      name: String(name),
      checksum: String(checksum),
    })),
  };
}

/** How far a migration has come, as written down in `meta`. */
interface Progress {
  readonly number: number;
  readonly checksum: string;
  readonly done: number;
}

async function apply(place: Place, session: Session, migration: Migration): Promise<void> {
  const { number, checksum } = migration;
  const texts = textsOf(place, migration);
  const begun = await readProgress(place, session);
  if (begun && begun.number === number && begun.checksum !== checksum) {
    throw new EngineError(
      "E_SCHEMA_EDITED",
      `migration ${number} of ${place.connections.place} was broken off after ${begun.done} ` +
        "statements, and its file was changed since: restore the file that was begun",
      { details: { number, done: begun.done } },
    );
  }
  const from = begun?.number === number ? begun.done : 0;
  const note = (done: number) =>
    setMeta(place, session, { migrating: JSON.stringify({ number, checksum, done }) });
  // The first one makes the table of notes, by statements that may be run again.
  if (!begun && number > 1) await note(0);
  for (const [at, text] of texts.entries()) {
    if (at < from) continue;
    try {
      await session.run(text);
    } catch (error) {
      if (at > from || !begun || !isAlreadyDone(error)) throw error;
    }
    await note(at + 1);
  }
}

async function readProgress(place: Place, session: Session): Promise<Progress | undefined> {
  if (!(await readState(place, session))) return undefined;
  const select = `SELECT value FROM ${metaOf(place)} WHERE \`key\` = 'migrating'`;
  const [row] = await rows(session, select);
  return row && (JSON.parse(String(row[0])) as Progress);
}

/** The first of them make the tables of the runner. */
const textsOf = ({ prefix, server }: Place, { sql }: Migration): readonly string[] =>
  statementsOf(prefixed(sql, prefix).replaceAll('"', "`")).map((text) =>
    text.replaceAll("utf8mb4_nopad_bin", server.collation),
  );

async function record(
  place: Place,
  session: Session,
  { number, name, checksum, minCompatible }: Migration,
  durationMs: number,
): Promise<void> {
  const text =
    `INSERT INTO ${migrationsOf(place)} VALUES` + ` (?, ?, ?, COALESCE(?, ${SERVER_NOW}), ?)`;
  const row = [number, name, checksum, place.now(), durationMs];
  await session.writing(
    () => rows(session, text, row),
    async () => {
      const version = { schemaVersion: String(number), minCompatible: String(minCompatible) };
      await setMeta(place, session, version);
      await rows(session, `DELETE FROM ${metaOf(place)} WHERE \`key\` = 'migrating'`);
      return { value: undefined, commit: true };
    },
  );
}

async function setMeta(
  place: Place,
  session: Session,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const text =
    `INSERT INTO ${metaOf(place)} (\`key\`, value) VALUES (?, ?)` +
    " ON DUPLICATE KEY UPDATE value = VALUES(value)";
  for (const entry of Object.entries(values)) await rows(session, text, entry);
}
