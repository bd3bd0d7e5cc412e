import { EngineError } from "@pawl/kernel";
import {
  type CounterWrite,
  type Key,
  type Row,
  TABLES,
  type TableName,
  type Write,
} from "@pawl/kernel/ports";
import { columnOf, storedColumns, storedRow } from "./columns.ts";
import { closeWaits, setWriteParts, updateStages } from "./set-writes.ts";
import {
  columnsOf,
  deleteRow,
  getRow,
  groupRows,
  keyColumns,
  putRow,
  type Tables,
} from "./tables.ts";

type Op = Write["op"];
type WriteOf<O extends Op> = Extract<Write, { op: O }>;

/** What a write comes to: refused, or a counter's value after it. */
export type WriteOutcome = { readonly why: "exists" } | { readonly counter: number } | undefined;

/** For each kind of write: how it is applied. */
export type WriteSteps = {
  readonly [O in Op]: (tables: Tables, write: WriteOf<O>, dbNow: number) => WriteOutcome;
};

export const writeSteps: WriteSteps = {
  insert: (tables, { table, row }, dbNow) => insertRow(tables, table, storedRow(table, row, dbNow)),
  update: (tables, { table, key, set }, dbNow) => {
    const before = getRow<TableName>(tables, table, key);
    const changes = storedColumns(table, set, dbNow);
    if (!before) return undefined;
    const after = { ...before, ...changes } as Row<TableName>;
    if (keyColumns(table).some((column) => Object.hasOwn(changes, column))) {
      deleteRow(tables, table, before);
    }
    putRow(tables, table, after);
    return undefined;
  },
  delete: (tables, { table, key }) => {
    for (const row of rowsUnder(tables, table, key)) deleteRow(tables, table, row);
    return undefined;
  },
  add: (tables, write) => addToColumn(tables, write),
  updateStages: updateStages(setWriteParts),
  closeWaits: closeWaits(setWriteParts),
};

/** Inserts a row in stored form unless its key, or a settlement number of its stage, is taken. */
export function insertRow<T extends TableName>(
  tables: Tables,
  table: T,
  row: Row<T>,
): WriteOutcome {
  if (getRow(tables, table, row as Key<T>)) return { why: "exists" };
  if (table === "steps" && seqTaken(tables, "steps", row as Row<"steps">)) return { why: "exists" };
  if (table === "waits" && seqTaken(tables, "waits", row as Row<"waits">)) return { why: "exists" };
  putRow(tables, table, row);
  return undefined;
}

const seqTaken = (
  tables: Tables,
  table: "steps" | "waits",
  row: Row<"steps"> | Row<"waits">,
): boolean =>
  row.seq !== null &&
  groupRows(tables, table, { runId: row.runId }).some(
    (other) =>
      other.seq === row.seq &&
      other.stageId === row.stageId &&
      other.mapIndex === row.mapIndex &&
      other.generation === row.generation,
  );

/** Rows that share a leading part of the primary key. */
function rowsUnder<T extends TableName>(
  tables: Tables,
  table: T,
  key: Partial<Key<T>>,
): readonly Row<T>[] {
  const given = Object.entries(key);
  const leading = keyColumns(table).slice(0, given.length);
  if (given.length === 0 || !given.every(([column]) => leading.includes(column))) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `A delete on ${table} needs a leading part of its key ${TABLES[table].key.join(", ")}; ` +
        `it has ${given.map(([column]) => column).join(", ") || "nothing"}.`,
      { details: { table, key } },
    );
  }
  return groupRows(tables, table, key).filter((row) =>
    given.every(([column, value]) => columnsOf(row)[column] === value),
  );
}

function addToColumn(tables: Tables, { table, key, column, by }: CounterWrite): WriteOutcome {
  columnOf(table, column);
  const row = getRow<"runs" | "stages">(tables, table, key) as
    | Readonly<Record<string, unknown>>
    | undefined;
  if (!row) return { counter: 0 };
  const counter = Number(row[column]) + by;
  putRow(tables, table, { ...row, [column]: counter } as unknown as Row<typeof table>);
  return { counter };
}
