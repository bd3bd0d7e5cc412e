import type { Row, TableName } from "@pawl/kernel/ports";
import { applySteps } from "../../src/apply.ts";
import { storedRow } from "../../src/columns.ts";
import { deleteRow, getRow, groupRows, putRow } from "../../src/tables.ts";
import { insertRow, type WriteSteps, writeSteps } from "../../src/writes.ts";
import { type Mutant, replace } from "./mutant.ts";

const write = (name: string, change: Partial<WriteSteps>): Mutant => ({
  name,
  clause: "COMMIT-9",
  mutate: replace("commit", ({ apply }) => ({
    apply: { ...apply, writes: { ...apply.writes, ...change } },
  })),
});

/** Rows as they are written, with one kind of value spoilt. */
const spoilt = (name: string, spoil: (value: unknown) => unknown): Mutant =>
  write(`insert ${name}`, {
    insert: (tables, { table, row }, dbNow) => {
      const entries = Object.entries(storedRow(table, row, dbNow));
      const changed = entries.map(([column, value]) => [column, spoil(value)]);
      return insertRow(tables, table, Object.fromEntries(changed) as Row<typeof table>);
    },
  });

export const WRITE_MUTANTS: readonly Mutant[] = [
  ...(["insert", "update", "delete", "add", "updateStages", "closeWaits"] as const).map((op) =>
    write(`${op} does nothing`, { [op]: () => undefined }),
  ),
  write("insert replaces a row that is there", {
    insert: (tables, { table, row }, dbNow) => {
      putRow<TableName>(tables, table, storedRow(table, row, dbNow));
      return undefined;
    },
  }),
  write("insert does not look at seqs", {
    insert: (tables, { table, row }, dbNow) => {
      const stored = storedRow<TableName>(table, row, dbNow);
      if (getRow<TableName>(tables, table, stored)) return { why: "exists" };
      putRow<TableName>(tables, table, stored);
      return undefined;
    },
  }),
  write("insert ignores a conflict", {
    insert: (tables, one, dbNow) => {
      writeSteps.insert(tables, one, dbNow);
      return undefined;
    },
  }),
  spoilt("trims text", (value) => (typeof value === "string" ? value.trim() : value)),
  spoilt("folds case", (value) => (typeof value === "string" ? value.toLowerCase() : value)),
  spoilt("cuts long text", (value) => (typeof value === "string" ? value.slice(0, 65_535) : value)),
  spoilt("narrows numbers", (value) => (typeof value === "number" ? value | 0 : value)),
  spoilt("turns null into empty text", (value) => value ?? ""),
  spoilt("turns false into true", (value) => (typeof value === "boolean" ? true : value)),
  spoilt("drops what is nested", (value) =>
    typeof value === "object" && value !== null ? (Array.isArray(value) ? [] : {}) : value,
  ),
  write("update makes rows", {
    update: (tables, one, dbNow) => {
      if (getRow<TableName>(tables, one.table, one.key))
        return writeSteps.update(tables, one, dbNow);
      const row = { ...one.key, ...one.set } as Row<TableName>;
      putRow(tables, one.table, row);
      return undefined;
    },
  }),
  write("update touches the neighbours", {
    update: (tables, one, dbNow) => {
      const first = Object.values(one.key)[0];
      for (const row of groupRows<TableName>(tables, one.table, one.key)) {
        if (Object.values(row).includes(first as never)) {
          writeSteps.update(tables, { ...one, key: row } as never, dbNow);
        }
      }
      return undefined;
    },
  }),
  write("update never sets null", {
    update: (tables, one, dbNow) => {
      const set = Object.entries(one.set).filter(([, value]) => value !== null);
      return writeSteps.update(tables, { ...one, set: Object.fromEntries(set) } as never, dbNow);
    },
  }),
  write("delete looks at the first column of the key alone", {
    delete: (tables, { table, key }) => {
      for (const row of groupRows<TableName>(tables, table, key)) deleteRow(tables, table, row);
      return undefined;
    },
  }),
  write("delete wants a whole key", {
    delete: (tables, { table, key }) => {
      const row = getRow<TableName>(tables, table, key as never);
      if (row) deleteRow(tables, table, row);
      return undefined;
    },
  }),
  write("add answers the value before", {
    add: (tables, one, dbNow) => {
      const outcome = writeSteps.add(tables, one, dbNow);
      return outcome && "counter" in outcome ? { counter: outcome.counter - one.by } : outcome;
    },
  }),
  write("add never goes below zero", {
    add: (tables, one, dbNow) => {
      const before = getRow<"runs" | "stages">(tables, one.table, one.key as never);
      const value = Number((before as unknown as Record<string, number>)?.[one.column]);
      return writeSteps.add(tables, { ...one, by: Math.max(one.by, -value) }, dbNow);
    },
  }),
  {
    name: "dispatch of a stage that has a row is refused",
    clause: "COMMIT-9",
    mutate: replace("commit", ({ apply }) => ({
      apply: {
        ...apply,
        dispatch: (tables, { plan, dbNow }) => {
          for (const row of plan.dispatch) {
            const outcome = insertRow(tables, "dispatch", storedRow("dispatch", row, dbNow));
            if (outcome && "why" in outcome) return outcome.why;
          }
          return undefined;
        },
      },
    })),
  },
  {
    name: "an intent replaces one of the same id",
    clause: "COMMIT-9",
    mutate: replace("commit", ({ apply }) => ({
      apply: {
        ...apply,
        intents: (tables, { plan, dbNow }) => {
          for (const row of plan.intents)
            putRow(tables, "intents", storedRow("intents", row, dbNow));
          return undefined;
        },
      },
    })),
  },
  {
    name: "writes of a plan go last first",
    clause: "COMMIT-9",
    mutate: replace("commit", ({ apply }) => ({
      apply: {
        ...apply,
        rows: (tables, application, writes) => {
          const plan = { ...application.plan, writes: application.plan.writes.toReversed() };
          return applySteps.rows(tables, { ...application, plan }, writes);
        },
      },
    })),
  },
];
