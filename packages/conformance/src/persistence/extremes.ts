import type { Row, TableName } from "@pawl/kernel/ports";
import { type ColumnKind, columnKind, isNullable, TABLES } from "@pawl/kernel/ports";
import { rowOf } from "./rows.ts";
import { HOSTILE_PAYLOAD, HOSTILE_TEXT, hostileJson } from "./texts.ts";

type Values<T extends TableName> = { readonly [C in keyof Row<T>]?: Row<T>[C] };

/** Columns whose values are words of the engine: another one than the default row has. */
const OTHER_WORDS: { readonly [T in TableName]?: Values<T> } = {
  runs: { status: "closing", outcome: "cancelled", closePolicy: "abandon" },
  stages: { kind: "finalizer", status: "suspended", holdReason: "nondeterminism" },
  steps: { kind: "transaction", status: "failed" },
  attempts: { outcome: "timedOut" },
  waits: { kind: "approval", outcome: "timedOut" },
  events: { type: "stage.attemptFailed" },
  blobTombstones: { state: "deleting" },
  schedules: { status: "paused", kind: "interval", overlap: "cancelOther" },
  scheduleFires: { outcome: "buffered" },
  idempotency: { status: "stored" },
  workers: { status: "draining" },
  deadLetters: { kind: "message", resolution: "discarded" },
  logs: { level: "error" },
  annotations: { kind: "artifact" },
};

type Fill = (column: string) => unknown;

const HIGHEST: Readonly<Record<ColumnKind, Fill>> = {
  text: (column) => `${column} ${HOSTILE_TEXT}`,
  payload: (column) => `${HOSTILE_PAYLOAD}${column}`,
  int: () => Number.MAX_SAFE_INTEGER,
  time: () => Number.MAX_SAFE_INTEGER,
  bool: () => true,
  json: hostileJson,
};

const LOWEST: Readonly<Record<ColumnKind, Fill>> = {
  text: () => "",
  payload: () => "i",
  int: () => Number.MIN_SAFE_INTEGER,
  time: () => Number.MIN_SAFE_INTEGER,
  bool: () => false,
  json: () => ({}),
};

/** No column null, every number the greatest, every text full of what breaks quoting. */
export const highestRow = <T extends TableName>(table: T): Row<T> =>
  filled(table, HIGHEST, OTHER_WORDS[table] as Values<T> | undefined);

/** Every column null that may be, every other as small or empty as it can be. */
export function lowestRow<T extends TableName>(table: T): Row<T> {
  const plain = Object.entries(rowOf(table));
  const words = plain.filter(([column]) => Object.hasOwn(OTHER_WORDS[table] ?? {}, column));
  const nulls = Object.entries(TABLES[table].columns)
    .filter(([, spec]) => isNullable(spec as never))
    .map(([column]) => [column, null]);
  return filled(table, LOWEST, Object.fromEntries([...words, ...nulls]));
}

function filled<T extends TableName>(
  table: T,
  fills: Readonly<Record<ColumnKind, Fill>>,
  given: Values<T> = {},
): Row<T> {
  const entries = Object.entries(TABLES[table].columns).map(([column, spec]) => [
    column,
    fills[columnKind(spec as never)](column),
  ]);
  return { ...Object.fromEntries(entries), ...given } as Row<T>;
}
