import type {
  RunFacts,
  RunId,
  Snapshot,
  SnapshotNeed,
  StageFacts,
  StageKey,
} from "@pawl/kernel/ports";
import { decodeRow, rowsOf } from "./rows.ts";
import { listOf, namesOf, type Schema } from "./schema.ts";
import { sameStage, stageTuples } from "./stage-tuples.ts";
import type { Read, SqlRow } from "./statement.ts";

/** Reads of one run that together are a snapshot, when they see one state of the database. */
export interface SnapshotReads {
  readonly statements: readonly Read[];
  /** Undefined when the run is absent. */
  answer(rows: readonly (readonly SqlRow[])[], dbNow: number): Snapshot | undefined;
}

export function snapshotReads(schema: Schema, runId: RunId, need: SnapshotNeed): SnapshotReads {
  const { runs, stages } = schema.tables;
  const statements: Read[] = [];
  const add = (statement: Read | undefined): number =>
    statement ? statements.push(statement) - 1 : -1;
  add({
    text: schema.text(
      "load run",
      () => `SELECT ${listOf(runs.facts)} FROM ${runs.sql} WHERE id = ?`,
    ),
    params: [runId],
    columns: namesOf(runs.facts),
  });
  const stagesAt = add(need.stages && stageReads(schema, runId, need.stages));
  const waitsAt = add(need.waits ? openWaits(schema, runId) : undefined);
  const signalsAt = add(need.signals ? bufferedSignals(schema, runId) : undefined);
  return {
    statements,
    answer(rows, dbNow) {
      const run = rows[0]?.[0];
      if (run === undefined) return undefined;
      return {
        run: decodeRow(runs, runs.facts, run) as RunFacts,
        stages: (rows[stagesAt] ?? []).map(
          (row) => decodeRow(stages, stages.facts, row) as StageFacts,
        ),
        waits: rowsOf(schema, "waits", rows[waitsAt] ?? []),
        signals: rowsOf(schema, "signals", rows[signalsAt] ?? []),
        dbNow,
      };
    },
  };
}

function stageReads(
  schema: Schema,
  runId: RunId,
  which: NonNullable<SnapshotNeed["stages"]>,
): Read {
  const { stages } = schema.tables;
  if (typeof which !== "string") return stagesByKey(schema, runId, which);
  const condition =
    which === "current"
      ? `superseded = ${schema.dialect.flag(false)}`
      : "status IN ('blocked', 'ready', 'running', 'suspended')";
  const text = schema.text(
    `load stages ${which}`,
    () =>
      `SELECT ${listOf(stages.facts)} FROM ${stages.sql} WHERE run_id = ? AND ${condition}` +
      " ORDER BY stage_id, map_index, generation",
  );
  return { text, params: [runId], columns: namesOf(stages.facts) };
}

function stagesByKey(schema: Schema, runId: RunId, keys: readonly StageKey[]): Read {
  const { stages } = schema.tables;
  const text = schema.text(
    "load stages by key",
    () =>
      `SELECT ${listOf(stages.facts, "s.")} FROM ${schema.dialect.tuplesOf("k")}` +
      ` JOIN ${stages.sql} s ON ${sameStage(schema, "s", "k")} WHERE s.run_id = ?` +
      " ORDER BY s.stage_id, s.map_index, s.generation",
  );
  return { text, params: [stageTuples(keys), runId], columns: namesOf(stages.facts) };
}

function openWaits(schema: Schema, runId: RunId): Read {
  const { waits } = schema.tables;
  const text = schema.text(
    "load waits",
    () =>
      `SELECT ${listOf(waits.columns)} FROM ${waits.sql} WHERE run_id = ? AND outcome IS NULL` +
      ` ORDER BY ${listOf(waits.key)}`,
  );
  return { text, params: [runId], columns: namesOf(waits.columns) };
}

function bufferedSignals(schema: Schema, runId: RunId): Read {
  const { signals } = schema.tables;
  const text = schema.text(
    "load signals",
    () =>
      `SELECT ${listOf(signals.columns)} FROM ${signals.sql}` +
      " WHERE run_id = ? AND consumed_by IS NULL ORDER BY arrival, signal_id",
  );
  return { text, params: [runId], columns: namesOf(signals.columns) };
}
