import type {
  CommitPlan,
  CounterWrite,
  Guard,
  Key,
  NewEvent,
  Row,
  StageKey,
  StagesWrite,
  TableName,
  WaitsClosing,
  Writable,
  Write,
} from "@pawl/kernel/ports";
import { TABLES } from "@pawl/kernel/ports";
import { rowOf } from "./rows.ts";

let plans = 0;

/** A plan with an identity of its own; parts not given are empty. */
export function planOf(part: Partial<CommitPlan>): CommitPlan {
  plans += 1;
  const commitId = `commit-${plans}`;
  return { commitId, guards: [], writes: [], events: [], intents: [], dispatch: [], ...part };
}

/** Inserts a row made of the table's defaults and `part`. */
export const insert = <T extends TableName>(
  table: T,
  part: Partial<Writable<Row<T>>> = {},
): Write => ({ op: "insert", table, row: { ...rowOf(table), ...part } }) as unknown as Write;

export const update = <T extends TableName>(
  table: T,
  key: Key<T>,
  set: Partial<Writable<Row<T>>>,
): Write => ({ op: "update", table, key, set }) as unknown as Write;

export const remove = <T extends TableName>(table: T, key: Partial<Key<T>>): Write =>
  ({ op: "delete", table, key }) as unknown as Write;

export const add = (part: Omit<CounterWrite, "op">): Write => ({ op: "add", ...part });

/** Changes all stages of the run that match; `part` says which and how. */
export const updateStages = (part: Partial<StagesWrite> = {}): Write => ({
  op: "updateStages",
  runId: "run",
  where: {},
  set: {},
  ...part,
});

export const closeWaits = (part: Partial<WaitsClosing> = {}): Write => ({
  op: "closeWaits",
  runId: "run",
  ...part,
});

/** The primary key of a row. */
export function keyOf<T extends TableName>(table: T, row: Key<T>): Key<T> {
  const columns = TABLES[table].key as readonly (keyof Key<T>)[];
  return Object.fromEntries(columns.map((column) => [column, row[column]])) as unknown as Key<T>;
}

export const stageKey = (part: Partial<StageKey> = {}): StageKey => ({
  runId: "run",
  stageId: "stage",
  mapIndex: 0,
  generation: 0,
  ...part,
});

export const eventOf = (part: Partial<NewEvent> = {}): NewEvent => ({
  runId: "run",
  type: "state.set",
  stageId: null,
  mapIndex: null,
  generation: null,
  data: {},
  actor: null,
  ...part,
});

export const rev = (value: number, runId = "run"): Guard => ({ kind: "rev", runId, rev: value });

export const live = (inbox?: number, runId = "run"): Guard =>
  inbox === undefined ? { kind: "live", runId } : { kind: "live", runId, inbox };

export const owned = (
  fence: number,
  part: Partial<Extract<Guard, { kind: "stage" }>> = {},
): Guard => ({ kind: "stage", key: stageKey(), fence, status: "running", ...part });
