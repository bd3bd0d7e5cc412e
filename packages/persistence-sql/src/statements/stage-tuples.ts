import type { StageKey } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";

const FIELDS = ["run_id", "stage_id", "map_index", "generation"] as const;

/** Stage keys, each once, as the one JSON parameter of a statement that reads many. */
export const stageTuples = (keys: readonly StageKey[]): string =>
  tuples(keys.map((key) => [key.runId, key.stageId, key.mapIndex, key.generation]));

/** Tuples, each once, as one JSON parameter. */
export const tuples = (rows: readonly (readonly (string | number)[])[]): string =>
  `[${[...new Set(rows.map((row) => JSON.stringify(row)))].join()}]`;

/** True where the row `row` belongs to the stage that the tuple `tuple` names. */
export const sameStage = (schema: Schema, row: string, tuple: string): string => {
  const key = stageOfTuple(schema, tuple);
  return FIELDS.map((field, at) => `${row}.${field} = ${key[at]}`).join(" AND ");
};

/** The four columns of a stage's key in the tuple that `tuple` stands at. */
export const stageOfTuple = ({ dialect }: Schema, tuple: string): readonly string[] =>
  FIELDS.map((_, at) => dialect.tupleAt(tuple, at, at < 2 ? "text" : "int"));
