import type { EpochMs, SetWrite, StageKey, StagesWrite, WaitsClosing } from "@pawl/kernel/ports";
import { knownColumn, type Schema, type Table } from "./schema.ts";
import { stageOfTuple, stageTuples } from "./stage-tuples.ts";
import { encode, encodeAll, type SqlValue, type Statement } from "./statement.ts";

/** The one statement of a set-wise write; undefined when it changes nothing. */
export const setStatement = (
  schema: Schema,
  write: SetWrite,
  now: EpochMs,
): Statement | undefined =>
  write.op === "updateStages"
    ? stagesStatement(schema, write, now)
    : waitsStatement(schema, write, now);

/** Conditions in the order of their parameters. */
interface Conditions {
  readonly parts: string[];
  readonly params: SqlValue[];
}

function stagesStatement(schema: Schema, write: StagesWrite, now: EpochMs): Statement | undefined {
  const table = schema.tables.stages;
  const set: Record<string, unknown> = write.set;
  const fields = Object.keys(set).filter((field) => set[field] !== undefined);
  if (fields.length === 0 && !write.raiseFence) return undefined;
  const columns = fields.map((field) => knownColumn(table, field));
  const { parts, params } = whichStages(schema, table, write, now);
  const shape = [fields.join(","), write.raiseFence === true, ...parts].join("|");
  const text = schema.text(`update many stages ${shape}`, () => {
    const changes = columns.map(({ sql }) => `${sql} = ?`);
    if (write.raiseFence) changes.push("fence = fence + 1");
    return `UPDATE ${table.sql} SET ${changes.join(", ")} WHERE ${parts.join(" AND ")}`;
  });
  return { text, params: [...encodeAll(columns, set, now), ...params] };
}

function whichStages(
  schema: Schema,
  table: Table,
  { runId, where, except }: StagesWrite,
  now: EpochMs,
): Conditions {
  const parts = ["run_id = ?", `superseded = ${schema.dialect.flag(false)}`];
  const params: SqlValue[] = [runId];
  if (where.status) {
    parts.push(schema.dialect.isIn("status", "text"));
    params.push(schema.dialect.list(where.status));
  }
  for (const field of ["held", "holdReason"] as const) {
    if (where[field] === undefined) continue;
    const column = knownColumn(table, field);
    parts.push(`${column.sql} = ?`);
    params.push(encode(column, where[field], now));
  }
  leaveOut(schema, except, { parts, params });
  return { parts, params };
}

function waitsStatement(schema: Schema, { runId, except }: WaitsClosing, now: EpochMs): Statement {
  const parts = ["run_id = ?", "outcome IS NULL"];
  const params: SqlValue[] = [now, runId];
  leaveOut(schema, except, { parts, params });
  const text = schema.text(`close waits ${parts.join("|")}`, () => {
    const using = schema.dialect.using(schema.index("waits_open"));
    const set = "SET outcome = 'closed', resolved_at = ?";
    return `UPDATE ${schema.tables.waits.sql}${using} ${set} WHERE ${parts.join(" AND ")}`;
  });
  return { text, params };
}

/** Leaves out the rows of these stages. */
function leaveOut(
  schema: Schema,
  except: readonly StageKey[] | undefined,
  { parts, params }: Conditions,
): void {
  if (!except || except.length === 0) return;
  const tuple = stageOfTuple(schema, "x").join(", ");
  parts.push(
    "(run_id, stage_id, map_index, generation) NOT IN" +
      ` (SELECT ${tuple} FROM ${schema.dialect.tuplesOf("x")})`,
  );
  params.push(stageTuples(except));
}
