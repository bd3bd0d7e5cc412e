import type { CommitPlan, Guard, TableName, Write } from "@pawl/kernel/ports";
import { createdRuns } from "../statements/event.ts";
import { knownColumn, knownTable, listOf, type Schema, type Table } from "../statements/schema.ts";
import type { SqlRow, SqlValue, Statement } from "../statements/statement.ts";
import { keysParam, keysSource, keyText, keyValues, sameKey } from "./keys.ts";
import type { MysqlServer } from "./server.ts";

/** `seen` rows are looked for without a lock: they must not be there, or need not. */
type Hold = "exclusive" | "shared" | "seen";

/** Keys by their text, of one table. */
type Keys = Map<string, readonly SqlValue[]>;

/** Which rows plans must hold, and how. */
export interface LockNeeds {
  readonly rows: ReadonlyMap<Hold, ReadonlyMap<TableName, Keys>>;
  /** Rows that a plan changes without naming each: none of them may be locked by others. */
  readonly ranges: readonly { readonly plan: CommitPlan; readonly statement: Statement }[];
}

export function lockNeeds(schema: Schema, plans: readonly CommitPlan[]): LockNeeds {
  const rows = new Map<Hold, Map<TableName, Keys>>([
    ["exclusive", new Map()],
    ["shared", new Map()],
    ["seen", new Map()],
  ]);
  const ranges: { plan: CommitPlan; statement: Statement }[] = [];
  for (const plan of plans) {
    const guarded = new Set<string>();
    for (const { hold, name, key, why } of namedRows(plan)) {
      const table = knownTable(schema, name);
      const values = keyValues(table, key);
      const text = keyText(values);
      if (why === "guarded") guarded.add(`${table.name} ${text}`);
      else if (hold === "seen" && guarded.has(`${table.name} ${text}`)) continue;
      const tables = rows.get(hold) as Map<TableName, Keys>;
      const keys: Keys = tables.get(table.name) ?? new Map();
      tables.set(table.name, keys.set(text, values));
    }
    for (const write of plan.writes) {
      const statement = rangeStatement(schema, write);
      if (statement) ranges.push({ plan, statement });
    }
  }
  return { rows, ranges };
}

interface NamedRow {
  readonly hold: Hold;
  readonly name: TableName;
  readonly key: object;
  /** What is guarded need not be seen beside: its guard tells when it could not be locked. */
  readonly why?: "guarded";
}

/** Rows that a plan guards or changes by their whole key. */
export function namedRows(plan: CommitPlan): readonly NamedRow[] {
  const known = new Set(createdRuns(plan));
  for (const guard of plan.guards) {
    if (guard.kind === "rev" || guard.kind === "live") known.add(guard.runId);
  }
  return [
    ...plan.guards.map((guard) => {
      const row = guardedRow(guard, isRecordOnly(plan));
      return row.hold === "seen" ? row : { ...row, why: "guarded" as const };
    }),
    ...plan.writes.flatMap(changedRow),
    ...plan.events
      .filter(({ runId }) => !known.has(runId))
      .flatMap(({ runId }) => both("runs", { id: runId })),
    ...plan.dispatch.flatMap((row) => both("dispatch", row)),
  ];
}

const exclusive = (name: TableName, key: object): NamedRow => ({ hold: "exclusive", name, key });

const both = (name: TableName, key: object): readonly NamedRow[] => [
  exclusive(name, key),
  { hold: "seen", name, key },
];

function guardedRow(guard: Guard, recordOnly: boolean): NamedRow {
  switch (guard.kind) {
    case "rev":
    case "live":
      return exclusive("runs", { id: guard.runId });
    case "stage":
      return { hold: recordOnly ? "shared" : "exclusive", name: "stages", key: guard.key };
    case "version":
      return exclusive(guard.row.table, guard.row.key);
    case "session":
      return { hold: "shared", name: "workers", key: { id: guard.id } };
    case "absent":
      return { hold: "seen", name: guard.row.table, key: guard.row.key };
    case "notCondemned":
      return { hold: "seen", name: "blobTombstones", key: { hash: guard.hash } };
  }
}

function changedRow(write: Write): readonly NamedRow[] {
  if (write.op === "update" || write.op === "add") return both(write.table, write.key);
  return [];
}

/** A plan that only adds records of its stage: it changes nothing that others look at. */
const isRecordOnly = ({ writes, events, intents, dispatch }: CommitPlan): boolean =>
  events.length + intents.length + dispatch.length === 0 &&
  writes.every(
    (write) => write.op === "insert" && (write.table === "steps" || write.table === "attempts"),
  );

/** Locks all rows that a write may change, and fails at once when one is locked by others. */
function rangeStatement(schema: Schema, write: Write): Statement | undefined {
  const { stages, waits } = schema.tables;
  if (write.op === "updateStages") return rangeOf(schema, stages, ["run_id = ?"], [write.runId]);
  if (write.op === "closeWaits") {
    return rangeOf(schema, waits, ["run_id = ?", "outcome IS NULL"], [write.runId]);
  }
  if (write.op !== "delete") return undefined;
  const table = knownTable(schema, write.table);
  const key: Record<string, unknown> = write.key;
  const named = table.key.filter(({ field }) => key[field] !== undefined);
  if (named.length === 0) return undefined;
  const values = named.map(({ field }) => key[field] as SqlValue);
  return rangeOf(
    schema,
    table,
    named.map(({ sql }) => `${sql} = ?`),
    values,
  );
}

function rangeOf(
  schema: Schema,
  table: Table,
  conditions: readonly string[],
  params: readonly SqlValue[],
): Statement {
  const where = conditions.join(" AND ");
  const text = schema.text(
    `lock range ${table.name} ${where}`,
    () => `SELECT count(*) FROM ${table.sql} WHERE ${where} FOR UPDATE NOWAIT`,
  );
  return { text, params };
}

/** Fails at once where another transaction is inserting a key that a plan is going to insert. */
export function keyLooks(
  schema: Schema,
  { sharingNow }: MysqlServer,
  plans: readonly CommitPlan[],
): LockNeeds["ranges"] {
  return plans.flatMap((plan) =>
    plan.guards.flatMap((guard) => {
      if (guard.kind !== "absent") return [];
      const table = knownTable(schema, guard.row.table);
      const text = schema.text(
        `look at key ${table.name}`,
        () => `SELECT count(*) FROM ${table.sql} WHERE ${table.byKey} ${sharingNow}`,
      );
      return [{ plan, statement: { text, params: keyValues(table, guard.row.key) } }];
    }),
  );
}

/** Columns that guards and counters look at, beside the key. */
const STATE: { readonly [T in TableName]?: readonly string[] } = {
  runs: ["rev", "status", "inbox", "sinksPending"],
  stages: ["fence", "status", "held", "joinPending"],
  workers: ["epoch", "status", "expiresAt", "version"],
};

const stateOf = (table: Table): readonly string[] =>
  STATE[table.name] ?? (table.columns.some(({ field }) => field === "version") ? ["version"] : []);

/** A row as it stands under lock, by field; beside a stage the `inbox` of its run. */
export type LockedRow = Record<string, unknown>;

/** Rows found under lock, and rows that were seen, by table and key. */
export class LockedRows {
  readonly #rows = new Map<string, LockedRow>();
  readonly #seen = new Set<string>();

  add(table: Table, hold: Hold, rows: readonly SqlRow[]): void {
    const ofRun = table.name === "stages" ? ["inbox"] : [];
    const fields = [...table.key.map(({ field }) => field), ...stateOf(table), ...ofRun];
    for (const values of rows) {
      const place = `${table.name} ${keyText(values.slice(0, table.key.length))}`;
      if (hold === "seen") this.#seen.add(place);
      else
        this.#rows.set(place, Object.fromEntries(fields.map((field, at) => [field, values[at]])));
    }
  }

  row(table: Table, key: object): LockedRow | undefined {
    return this.#rows.get(`${table.name} ${keyText(keyValues(table, key))}`);
  }

  wasSeen(table: Table, key: object): boolean {
    return this.#seen.has(`${table.name} ${keyText(keyValues(table, key))}`);
  }
}

export interface LockStatement {
  readonly table: Table;
  readonly hold: Hold;
  readonly statement: Statement;
}

/** One statement for the rows of each table, in the order of locks: runs, stages, the others. */
export function lockStatements(
  schema: Schema,
  server: MysqlServer,
  needs: LockNeeds,
): readonly LockStatement[] {
  return [...needs.rows].flatMap(([hold, tables]) =>
    [...tables]
      .sort(([a], [b]) => lockRank(a) - lockRank(b))
      .map(([name, keys]) => {
        const table = schema.tables[name];
        const text = schema.text(`${hold} ${name}`, () => lockText(schema, server, table, hold));
        return { table, hold, statement: { text, params: [keysParam(keys.keys())] } };
      }),
  );
}

const lockRank = (name: TableName): number => (name === "runs" ? 0 : name === "stages" ? 1 : 2);

function lockText(schema: Schema, server: MysqlServer, table: Table, hold: Hold): string {
  const columns = [
    listOf(table.key, "t."),
    ...stateOf(table).map((field) => `t.${knownColumn(table, field).sql}`),
    ...(table.name === "stages"
      ? [`(SELECT r.inbox FROM ${schema.tables.runs.sql} r WHERE r.id = t.run_id)`]
      : []),
  ];
  const locking = { exclusive: " FOR UPDATE SKIP LOCKED", shared: ` ${server.sharing}`, seen: "" };
  return (
    `SELECT ${columns.join(", ")} FROM ${keysSource(server, table.key)}` +
    ` STRAIGHT_JOIN ${table.sql} t ON ${sameKey(table.key, "t")}${locking[hold]}`
  );
}
