import {
  type CommitPlan,
  checkSetWise,
  type Guard,
  isSetWrite,
  type NewEvent,
  type StageKey,
  TABLE_NAMES,
  TABLES,
  type TableName,
  type Write,
} from "@pawl/kernel/ports";
import { eventOf, planOf, rowOf } from "@pawl/test-parts/plans";
import fc from "fast-check";
import { keyOf, some, valueFor, WRITTEN } from "./words.ts";

type Draft = Partial<CommitPlan>;

const tables = fc.constantFrom(...WRITTEN);

const insert: fc.Arbitrary<Write> = tables.chain((table) =>
  fc.tuple(keyOf(table), some(table, 4), fc.integer({ min: 1, max: 3 })).map(([key, part, seq]) => {
    const numbered = table === "steps" || table === "waits" ? { seq } : {};
    const row = { ...rowOf(table), ...part, ...numbered, ...key };
    return { op: "insert", table, row } as unknown as Write;
  }),
);

const update: fc.Arbitrary<Write> = tables.chain((table) =>
  fc
    .tuple(keyOf(table), some(table, 4))
    .map(([key, set]) => ({ op: "update", table, key, set }) as unknown as Write),
);

const remove: fc.Arbitrary<Write> = fc.constantFrom(...TABLE_NAMES).chain((table) =>
  fc.tuple(keyOf(table), fc.nat(9)).map(([key, cut]) => {
    const columns: readonly string[] = TABLES[table].key;
    const leading = columns.slice(0, 1 + (cut % columns.length));
    const part = Object.fromEntries(leading.map((column) => [column, key[column]]));
    return { op: "delete", table, key: part } as unknown as Write;
  }),
);

const add: fc.Arbitrary<Write> = fc.oneof(
  fc
    .tuple(keyOf("stages"), fc.constantFrom(-1, 1, 2))
    .map(([key, by]) => ({ op: "add", table: "stages", key, column: "joinPending", by })),
  fc
    .tuple(keyOf("runs"), fc.constantFrom("sinksPending", "inbox"), fc.constantFrom(-1, 1))
    .map(([key, column, by]) => ({ op: "add", table: "runs", key, column, by })),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Write>;

const stageStatuses = fc.uniqueArray(valueFor("stages", "status"), { minLength: 1, maxLength: 4 });

const SET_COLUMNS = ["status", "held", "holdReason", "session", "endedAt", "wakeAt"] as const;

const setWise: fc.Arbitrary<Write> = fc.oneof(
  fc.constant({ op: "closeWaits", runId: "one" }),
  fc
    .record({
      where: fc.record(
        { status: stageStatuses, held: fc.boolean(), holdReason: fc.constant("paused") },
        { requiredKeys: [] },
      ),
      set: fc.record(
        Object.fromEntries(SET_COLUMNS.map((column) => [column, valueFor("stages", column)])),
        { requiredKeys: [] },
      ),
      raiseFence: fc.constantFrom(true, undefined),
    })
    .map((part) => ({ op: "updateStages", runId: "one", ...part })),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Write>;

const VERSIONED = [
  "blobTombstones",
  "schedules",
  "idempotency",
  "slots",
  "workers",
  "deadLetters",
] as const;

const rowRef = tables.chain((table) => keyOf(table).map((key) => ({ table, key })));

const guard: fc.Arbitrary<Guard> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1).map((rev) => ({ kind: "rev", runId: "one", rev })) },
  {
    weight: 3,
    arbitrary: fc
      .record(
        {
          inbox: fc.nat(1),
          status: fc.uniqueArray(valueFor("runs", "status"), { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: [] },
      )
      .map((more) => ({ kind: "live", runId: "one", ...more })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(keyOf("stages"), fc.nat(2), valueFor("stages", "status"))
      .map(([key, fence, status]) => ({
        kind: "stage",
        key: { ...key, runId: "one" },
        fence,
        status,
      })),
  },
  rowRef.map((row) => ({ kind: "absent", row })),
  fc
    .constantFrom(...VERSIONED)
    .chain((table) =>
      fc.tuple(keyOf(table), fc.nat(1)).map(([key, version]) => ({ table, key, version })),
    )
    .map(({ version, ...row }) => ({ kind: "version", row, version })),
  fc.nat(1).map((epoch) => ({ kind: "session", id: "one", epoch })),
  fc.constantFrom("h1", "h2").map((hash) => ({ kind: "notCondemned", hash })),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Guard>;

const event: fc.Arbitrary<NewEvent> = fc
  .tuple(
    fc.constantFrom("one", "two"),
    fc.constantFrom<NewEvent["type"]>("state.set", "run.paused"),
  )
  .map(([runId, type]) => eventOf(runId, { type, data: { of: type } }));

const intent = fc
  .tuple(keyOf("intents"), some("intents", 2))
  .map(([key, part]) => rowOf("intents", { ...part, ...key }));

const dispatch = fc
  .tuple(keyOf("dispatch"), some("dispatch", 2))
  .map(([key, part]) => rowOf("dispatch", { ...part, ...key }));

/** The run that guards speak of changes its status now and then. */
const turn: fc.Arbitrary<Write> = valueFor("runs", "status").map(
  (status) => ({ op: "update", table: "runs", key: { id: "one" }, set: { status } }) as Write,
);

/** What a decision could ask for, or a mistaken one: any guards and writes of any table. */
export const draftPlan: fc.Arbitrary<Draft> = fc.record({
  guards: fc.oneof(fc.constant([]), fc.array(guard, { minLength: 1, maxLength: 2 })),
  writes: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: insert },
      { weight: 4, arbitrary: update },
      { weight: 2, arbitrary: remove },
      { weight: 2, arbitrary: add },
      { weight: 1, arbitrary: turn },
      { weight: 1, arbitrary: setWise },
    ),
    { maxLength: 6 },
  ),
  events: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(event, { maxLength: 2 }) },
  ),
  intents: fc.array(intent, { maxLength: 1 }),
  dispatch: fc.array(dispatch, { maxLength: 1 }),
});

const textOf = (write: Write): { readonly table: TableName; readonly key: readonly unknown[] } => {
  const { table, ...rest } = write as Exclude<Write, { op: "updateStages" | "closeWaits" }>;
  const row = ("row" in rest ? rest.row : (rest as { key: object }).key) as Record<string, unknown>;
  const columns: readonly string[] = TABLES[table].key;
  return { table, key: columns.flatMap((column) => (column in row ? [row[column]] : [])) };
};

/** True when the two could change one row. */
function meet(one: Write, other: Write): boolean {
  if (isSetWrite(one) || isSetWrite(other)) return one.op === other.op;
  const [a, b] = [textOf(one), textOf(other)];
  const shared = Math.min(a.key.length, b.key.length);
  const alike = a.key.slice(0, shared).every((part, i) => part === b.key[i]);
  return a.table === b.table && alike;
}

/**
 * The plan of a draft: each row is written once, a new run carries the number of its events,
 * records carry the plan's id, and set-wise writes except what is written by key.
 */
export function legalPlan(draft: Draft): CommitPlan {
  const { guards = [], events = [] } = draft;
  const plan = planOf({ ...draft, writes: [] });
  const strict = guards.some(({ kind }) => kind === "rev");
  const kept: Write[] = [];
  for (const write of draft.writes ?? []) {
    const lawful = !isSetWrite(write) || strict;
    if (lawful && !kept.some((other) => meet(write, other))) kept.push(stamped(write, plan));
  }
  const writes = kept.map((write) =>
    isSetWrite(write) ? { ...write, except: besides(write, kept) } : write,
  );
  const told = toldOf(guards, kept);
  const written = kept.some((write) => "table" in write && write.table === "dispatch");
  const intended = kept.some((write) => "table" in write && write.table === "intents");
  const legal = {
    ...plan,
    writes: writes.map((write) => countingEvents(write, told, events)),
    events: events.filter(({ runId }) => told.has(runId)),
    dispatch: written ? [] : plan.dispatch,
    intents: intended ? [] : plan.intents,
  };
  checkSetWise(legal);
  return legal;
}

/** Runs that events may tell of: the guarded one and new ones, unless they or their events go. */
function toldOf(guards: readonly Guard[], writes: readonly Write[]): ReadonlySet<string> {
  const told = new Set<string>();
  for (const guard of guards) {
    if (guard.kind === "rev" || guard.kind === "live") told.add(guard.runId);
  }
  for (const write of writes) {
    if (write.op === "insert" && write.table === "runs") told.add(write.row.id);
  }
  for (const write of writes) {
    if (write.op !== "delete") continue;
    if (write.table === "runs") told.delete(write.key.id ?? "");
    if (write.table === "events") told.delete(write.key.runId ?? "");
  }
  return told;
}

function stamped(write: Write, { commitId }: CommitPlan): Write {
  if (write.op !== "insert") return write;
  const { table, row } = write;
  if (table === "steps") return { ...write, row: { ...row, commitId } };
  if (table === "attempts") return { ...write, row: { ...row, commitId } };
  return write;
}

/** A new run begins at the number of its events. */
function countingEvents(
  write: Write,
  told: ReadonlySet<string>,
  events: readonly NewEvent[],
): Write {
  if (write.op !== "insert" || write.table !== "runs") return write;
  const { row } = write;
  const own = events.filter(({ runId }) => runId === row.id && told.has(runId));
  return { ...write, row: { ...row, rev: own.length } };
}

/** Stages of the run that the same plan writes by key. */
function besides(set: Write, writes: readonly Write[]): readonly StageKey[] {
  const table = set.op === "closeWaits" ? "waits" : "stages";
  return writes.flatMap((write) => {
    if (isSetWrite(write) || write.table !== table) return [];
    const { runId, stageId, mapIndex, generation } = (
      write.op === "insert" ? write.row : write.key
    ) as StageKey;
    return [{ runId, stageId, mapIndex, generation }];
  });
}
