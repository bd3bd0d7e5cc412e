import {
  type CommitPlan,
  type Committed,
  checkSetWise,
  type EpochMs,
  isSetWrite,
  type RunId,
  type StageKey,
  type Write,
} from "@pawl/kernel/ports";
import { eventParts, type InsertParts, placeEvents } from "./event.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { allGuards, guardParams, guardShape } from "./guard.ts";
import { runChanges, runStatement } from "./run-change.ts";
import { listOf, type Schema } from "./schema.ts";
import { encodeAll, type Read, type SqlRow, type Statement } from "./statement.ts";
import { dispatchStatement, insertStatement, marks, writeStatement } from "./write.ts";

/**
 * A plan as a fixed list of statements for one transaction or batch. The first carries all
 * guards and fails when one is false; none needs the answer of another. Texts depend on the
 * plan's shape, never on its values.
 */
export interface CompiledPlan {
  readonly statements: readonly Statement[];
  /** Reads what the statements answered, in their order. */
  answer(rows: readonly (readonly SqlRow[])[]): Committed;
}

/** The row that is written first and whose `ok` column holds the guards. */
type Carrier =
  | { readonly kind: "record"; readonly write: Extract<Write, { op: "insert" }> }
  | { readonly kind: "event" }
  | { readonly kind: "commit" };

/** @throws EngineError E_ARGUMENT_INVALID for a plan that no adapter may write */
export function compilePlan(schema: Schema, plan: CommitPlan, now: EpochMs): CompiledPlan {
  checkSetWise(plan);
  const carrier = carrierOf(plan, evidenceOf(plan));
  const guardedStage = plan.guards.find((guard) => guard.kind === "stage")?.key;
  const parts = carrierParts(schema, plan, carrier, now);
  if (guardedStage && isOneRecord(plan, carrier)) {
    const statement = guardedInsert(schema, { parts, plan, now, facts: guardedStage });
    return { statements: [statement], answer: (rows) => withFacts(rows[0], noRevs(now)) };
  }
  const first = guardedInsert(schema, { parts, plan, now });
  return compileMany(schema, { plan, carrier, first, guardedStage, now });
}

interface Started {
  readonly plan: CommitPlan;
  readonly carrier: Carrier;
  readonly first: Statement;
  readonly guardedStage: StageKey | undefined;
  readonly now: EpochMs;
}

function compileMany(schema: Schema, started: Started): CompiledPlan {
  const { plan, carrier, first, guardedStage, now } = started;
  const statements: Statement[] = [first];
  const counterAt: number[] = [];
  const placed = placeEvents(plan);
  const changes = runChanges(plan, placed);
  for (const write of plan.writes) {
    if (carrier.kind === "record" && write === carrier.write) continue;
    if (changes.some(({ update }) => update === write)) continue;
    if (write.op === "add") counterAt.push(statements.length);
    const statement = writeStatement(schema, write, now);
    if (statement) statements.push(statement);
  }
  for (const intent of plan.intents) {
    statements.push(insertStatement(schema, schema.tables.intents, intent, now));
  }
  for (const row of plan.dispatch) statements.push(dispatchStatement(schema, row, now));
  for (const event of carrier.kind === "event" ? placed.slice(1) : placed) {
    statements.push(plainInsert(schema, eventParts(schema, event, plan.commitId, now)));
  }
  const revs = new Map(placed.map(({ event, ordinal }) => [event.runId, ordinal]));
  const revAt = new Map<RunId, number>();
  let factsAt = -1;
  for (const change of changes) {
    const stage = change.runId === guardedStage?.runId ? guardedStage : undefined;
    if (stage) factsAt = statements.length;
    revAt.set(change.runId, statements.length);
    statements.push(runStatement(schema, change, { stage, now }));
  }
  if (guardedStage && factsAt < 0) {
    factsAt = statements.length;
    statements.push(factsStatement(schema, guardedStage));
  }
  return {
    statements,
    answer: (rows) =>
      withFacts(rows[factsAt], {
        ok: true,
        revs: Object.fromEntries(
          [...revs].map(([runId, count]) => [runId, revOf(rows, revAt.get(runId), count)]),
        ),
        dbNow: now,
        counters: counterAt.map((at) => Number(rows[at]?.[0]?.[0] ?? 0)),
      }),
  };
}

const revOf = (
  rows: readonly (readonly SqlRow[])[],
  at: number | undefined,
  count: number,
): number => (at === undefined ? count : Number(rows[at]?.[0]?.at(-1)));

const noRevs = (now: EpochMs): Committed => ({ ok: true, revs: {}, dbNow: now, counters: [] });

/** A record goes first only when no earlier write touches its table: writes keep their order. */
function carrierOf(plan: CommitPlan, evidence: Evidence): Carrier {
  if (evidence.kind !== "record") return evidence.kind === "event" ? { kind: "event" } : evidence;
  const { write } = evidence;
  const before = plan.writes.slice(0, plan.writes.indexOf(write));
  if (before.every((one) => isSetWrite(one) || one.table !== write.table))
    return { kind: "record", write };
  return plan.events.length > 0 ? { kind: "event" } : { kind: "commit" };
}

const isOneRecord = (plan: CommitPlan, carrier: Carrier): boolean =>
  carrier.kind === "record" &&
  plan.writes.length === 1 &&
  plan.events.length + plan.intents.length + plan.dispatch.length === 0;

function carrierParts(
  schema: Schema,
  plan: CommitPlan,
  carrier: Carrier,
  now: EpochMs,
): InsertParts {
  const [event] = carrier.kind === "event" ? placeEvents(plan) : [];
  if (event) return eventParts(schema, event, plan.commitId, now);
  const table = schema.tables[carrier.kind === "record" ? carrier.write.table : "commits"];
  const row = carrier.kind === "record" ? carrier.write.row : { commitId: plan.commitId, at: now };
  return {
    shape: table.name,
    table,
    values: () => marks(table.columns),
    params: encodeAll(table.columns, row, now),
  };
}

const plainInsert = (schema: Schema, parts: InsertParts): Statement => ({
  text: schema.text(`insert ${parts.shape}`, () => {
    const { table } = parts;
    return `INSERT INTO ${table.sql} (${listOf(table.columns)}) VALUES (${parts.values()})`;
  }),
  params: parts.params,
});

interface GuardedInsert {
  readonly parts: InsertParts;
  readonly plan: CommitPlan;
  readonly now: EpochMs;
  /** Answers the facts of this stage, when the plan is this one insert. */
  readonly facts?: StageKey;
}

function guardedInsert(schema: Schema, { parts, plan, now, facts }: GuardedInsert): Statement {
  const { guards } = plan;
  if (guards.length === 0) return plainInsert(schema, parts);
  const kind = facts ? "only" : "first";
  const text = schema.text(`${kind} ${parts.shape} ${guards.map(guardShape).join()}`, () => {
    const columns = `${listOf(parts.table.columns)}, ok`;
    const values = `${parts.values()}, ${allGuards(schema, guards)}`;
    const insert = `INSERT INTO ${parts.table.sql} (${columns}) VALUES (${values})`;
    return facts ? `${insert} RETURNING ${factsText(schema)}` : insert;
  });
  const params = [...parts.params];
  for (const guard of guards) params.push(...guardParams(schema, guard, now));
  if (facts) params.push(...factsStatement(schema, facts).params);
  return { text, params };
}

function factsText(schema: Schema): string {
  const { runs, stages } = schema.tables;
  return (
    `(SELECT held FROM ${stages.sql} WHERE ${stages.byKey}) AS held,` +
    ` (SELECT inbox FROM ${runs.sql} WHERE id = ?) AS inbox`
  );
}

/** Whether the stage is held, and the inbox of its run, as they stand after the writes. */
export function factsStatement(schema: Schema, stage: StageKey): Read {
  const text = schema.text("facts", () => `SELECT ${factsText(schema)}`);
  const params = [...encodeAll(schema.tables.stages.key, stage, 0), stage.runId];
  return { text, params, columns: ["held", "inbox"] };
}

export function withFacts(rows: readonly SqlRow[] | undefined, committed: Committed): Committed {
  const [held, inbox] = rows?.[0] ?? [];
  return {
    ...committed,
    ...(held ? { held: true as const } : {}),
    ...(inbox === null || inbox === undefined ? {} : { inbox: Number(inbox) }),
  };
}
