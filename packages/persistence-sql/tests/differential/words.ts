import {
  columnKind,
  fromDbNow,
  isNullable,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from "@pawl/kernel/ports";
import fc from "fast-check";

/** Few keys, so that plans meet each other's rows. */
const KEYS: Readonly<Record<string, readonly (string | number)[]>> = {
  id: ["one", "two"],
  runId: ["one", "two"],
  stageId: ["a", "b"],
  mapIndex: [0, 1],
  generation: [0],
  occurrence: [0, 1],
  stageAttempt: [1],
  attempt: [1, 2],
  fence: [1],
  rev: [1, 2],
  slot: [10, 20],
  kind: ["state", "artifact"],
  hash: ["h1", "h2"],
  namespace: ["default", "other"],
};

const WORDS: Readonly<Record<string, readonly string[]>> = {
  "runs.status": ["pending", "running", "paused", "closing", "completed", "failed", "cancelled"],
  "runs.outcome": ["completed", "failed", "cancelled"],
  "stages.status": [
    "blocked",
    "ready",
    "running",
    "suspended",
    "completed",
    "failed",
    "skipped",
    "cancelled",
  ],
  "steps.status": ["marker", "completed", "failed"],
  "attempts.outcome": ["failed", "timedOut", "lost"],
  "waits.outcome": ["fired", "received", "timedOut", "failed", "closed"],
  "blobTombstones.state": ["condemned", "deleting"],
  "idempotency.status": ["claimed", "stored"],
  "schedules.status": ["active", "paused"],
  "scheduleFires.outcome": ["started", "skipped", "buffered"],
  "workers.status": ["active", "draining", "gone"],
  "stages.holdReason": ["paused", "quarantined"],
};

const BY_KIND = {
  text: fc.constantFrom("", "x", "Ünïcode 😀", "'; --"),
  payload: fc.constantFrom("i1", 'i"x"', "bh"),
  int: fc.integer({ min: -1, max: 3 }),
  time: fc.oneof(
    fc.constantFrom(0, 1_700_000_000_000, 2 ** 52),
    fc.constantFrom(-5, 0, 5).map(fromDbNow),
  ),
  bool: fc.boolean(),
  json: fc.constantFrom({}, { a: "b" }, [1, null], "text"),
} as const;

/** A value that a column may hold. */
export function valueFor(table: TableName, column: string): fc.Arbitrary<unknown> {
  const columns: Readonly<Record<string, string>> = TABLES[table].columns;
  const spec = columns[column] as "text";
  const words = WORDS[`${table}.${column}`];
  const value = words ? fc.constantFrom(...words) : BY_KIND[columnKind(spec)];
  return isNullable(spec) ? fc.oneof(value, fc.constant(null)) : value;
}

const keyColumns = (table: TableName): readonly string[] => TABLES[table].key;

export const keyOf = (table: TableName): fc.Arbitrary<Record<string, string | number>> =>
  fc.record(
    Object.fromEntries(
      keyColumns(table).map((column) => [
        column,
        fc.constantFrom(...(KEYS[column] ?? ["k1", "k2"])),
      ]),
    ),
  );

/** `events` and `commits` are written by the adapter itself, and deleted like others. */
export const WRITTEN: readonly TableName[] = TABLE_NAMES.filter(
  (table) => table !== "events" && table !== "commits",
);

/** Columns that an update may set: a plan never sets `rev`, nor the key. */
const settable = (table: TableName): readonly string[] =>
  Object.keys(TABLES[table].columns).filter(
    (column) =>
      !keyColumns(table).includes(column) &&
      !(table === "runs" && column === "rev") &&
      column !== "commitId" &&
      column !== "seq",
  );

export const some = (table: TableName, most: number): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .uniqueArray(fc.constantFrom(...settable(table)), { minLength: 1, maxLength: most })
    .chain((columns) =>
      fc.record(Object.fromEntries(columns.map((column) => [column, valueFor(table, column)]))),
    );
