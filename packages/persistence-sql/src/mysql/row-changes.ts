import { EngineError } from "@pawl/kernel";
import type { CounterWrite, EpochMs, RowRef, RowWrite } from "@pawl/kernel/ports";
import { knownTable, type Schema, type Table } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { insertStatement, writeStatement } from "../statements/write.ts";
import { keyText, keyValues } from "./keys.ts";
import type { LockedRow, LockedRows } from "./locks.ts";

const COUNTERS = ["joinPending", "sinksPending", "inbox"];

type Fields = Record<string, unknown>;

interface Named {
  readonly table: string;
  readonly key: object;
}

/** What becomes of single rows: one statement for each, however many writes name it. */
export class RowChanges {
  readonly #schema: Schema;
  readonly #rows: LockedRows;
  readonly #inserts = new Map<string, { table: Table; row: Fields }>();
  readonly #sets = new Map<string, { ref: RowRef; set: Fields }>();

  constructor(schema: Schema, rows: LockedRows) {
    this.#schema = schema;
    this.#rows = rows;
  }

  insert({ table: name }: { readonly table: string }, row: object): void {
    const table = knownTable(this.#schema, name);
    this.#inserts.set(this.#place(table, row), { table, row: { ...row } });
  }

  set({ table: name, key }: Named, set: object): void {
    const table = knownTable(this.#schema, name);
    const place = this.#place(table, key);
    const into = this.#inserts.get(place)?.row ?? this.#sets.get(place)?.set;
    if (into) Object.assign(into, given(set));
    else {
      const ref = { table: table.name, key } as unknown as RowRef;
      this.#sets.set(place, { ref, set: given(set) });
    }
  }

  /** Forgets what the plan did before to rows that it now deletes. */
  remove({ table: name, key }: Named): void {
    const isMeant = (row: object): boolean =>
      Object.entries(key).every(([field, value]) => (row as Fields)[field] === value);
    for (const [place, { table, row }] of this.#inserts) {
      if (table.name === name && isMeant(row)) this.#inserts.delete(place);
    }
    for (const [place, { ref }] of this.#sets) {
      if (ref.table === name && isMeant(ref.key)) this.#sets.delete(place);
    }
  }

  /** The counter's value afterwards; 0 for a row that is absent. */
  add(write: CounterWrite): number {
    if (!COUNTERS.includes(write.column)) {
      const message = `${write.column} of ${write.table} is not a counter`;
      throw new EngineError("E_ARGUMENT_INVALID", message);
    }
    const row = this.row(write.table, write.key);
    if (!row) return 0;
    const value = Number(row[write.column]) + write.by;
    this.set(write, { [write.column]: value });
    return value;
  }

  raise(runId: string, rev: number): void {
    const run = { table: "runs", key: { id: runId } };
    if (this.#rows.row(this.#schema.tables.runs, run.key)) this.set(run, { rev });
  }

  revOf(runId: string): number {
    return Number(this.#rows.row(this.#schema.tables.runs, { id: runId })?.rev);
  }

  /** A row as it stands after the changes; undefined when it is absent. */
  row(name: string, key: object): LockedRow | undefined {
    const table = knownTable(this.#schema, name);
    const place = this.#place(table, key);
    const row = this.#inserts.get(place)?.row ?? this.#rows.row(table, key);
    return row && { ...row, ...this.#sets.get(place)?.set };
  }

  statements(now: EpochMs): readonly Statement[] {
    const updates = [...this.#sets.values()].flatMap(({ ref, set }) => {
      const write = { op: "update", ...ref, set } as RowWrite;
      return writeStatement(this.#schema, write, now) ?? [];
    });
    const inserts = [...this.#inserts.values()].map(({ table, row }) =>
      insertStatement(this.#schema, table, row as never, now),
    );
    return [...updates, ...inserts];
  }

  #place(table: Table, key: object): string {
    return `${table.name} ${keyText(keyValues(table, key))}`;
  }
}

const given = (set: object): Fields =>
  Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
