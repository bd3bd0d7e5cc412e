import type { SweepKind } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";

/** One bounded read of a sweep; its index serves both what it looks for and its order. */
export interface Search {
  readonly kind: SweepKind;
  readonly table: "runs" | "stages" | "workers" | "commits" | "blobTombstones";
  readonly index: string;
  /** Columns of the answer: run id, three of the stage and id, in SQL. */
  readonly columns: string;
  readonly at: string;
  readonly where: string;
  /** Order of the index when it is not that of `at`. */
  readonly order?: string;
  /** `now`: compared with database time; `age`: with database time less `olderThanMs`. */
  readonly times: readonly ("now" | "age")[];
  readonly namespaced: boolean;
  /** Only code moves what it finds, so it can be narrowed to the definitions of a request. */
  readonly ofCode: boolean;
}

const RUN = "t.id, NULL, NULL, NULL, NULL";
const STAGE = "t.run_id, t.stage_id, t.map_index, t.generation, NULL";

const RUN_LIVE = (runs: string, statuses: string): string =>
  `EXISTS (SELECT 1 FROM ${runs} r WHERE r.id = t.run_id AND r.status IN (${statuses}))`;

const search = (
  of: Pick<Search, "kind" | "table" | "index" | "at" | "where"> & Partial<Search>,
): Search => ({
  columns: of.table === "stages" ? STAGE : RUN,
  times: ["now"],
  namespaced: true,
  ofCode: false,
  ...of,
});

/** Every search there is; a kind may need two. */
export const searchesOf = (schema: Schema): readonly Search[] => [
  ...DUE,
  ...waiting(schema),
  stranded(schema),
  ...OLD,
];

/** What an instant of its own made due. */
const DUE: readonly Search[] = [
  search({
    kind: "startDue",
    table: "runs",
    index: "runs_start_due",
    at: "t.start_at",
    where: "t.status = 'pending' AND t.start_at <= ?",
  }),
  search({
    kind: "wakeDue",
    table: "stages",
    index: "stages_wake",
    at: "t.wake_at",
    where: "t.status = 'suspended' AND t.held = 0 AND t.wake_at <= ?",
  }),
  search({
    kind: "sessionExpired",
    table: "workers",
    index: "workers_expiry",
    columns: "'', NULL, NULL, NULL, t.id",
    at: "t.expires_at",
    where: "t.status <> 'gone' AND t.expires_at <= ?",
  }),
  search({
    kind: "runDeadline",
    table: "runs",
    index: "runs_deadline",
    at: "t.deadline",
    where: "t.status IN ('pending', 'running', 'paused', 'closing') AND t.deadline <= ?",
  }),
  search({
    kind: "startDeadline",
    table: "runs",
    index: "runs_start_deadline",
    at: "t.start_deadline",
    where: "t.status IN ('pending', 'running') AND t.started_at IS NULL AND t.start_deadline <= ?",
  }),
  search({
    kind: "startDeadline",
    table: "stages",
    index: "stages_start_deadline",
    at: "t.start_deadline",
    where: "t.status IN ('ready', 'blocked') AND t.started_at IS NULL AND t.start_deadline <= ?",
  }),
];

/** What was left behind. */
function waiting(schema: Schema): readonly Search[] {
  const runs = schema.tables.runs.sql;
  return [
    search({
      kind: "joinReady",
      table: "stages",
      index: "stages_joins",
      at: "t.created_at",
      where:
        "t.status = 'blocked' AND t.join_pending <= 0 AND t.slot_key IS NULL AND " +
        RUN_LIVE(runs, "'running'"),
      times: [],
      ofCode: true,
    }),
    search({
      kind: "undispatched",
      table: "stages",
      index: "stages_undispatched",
      at: "t.available_at",
      where:
        "t.status = 'ready' AND t.held = 0 AND coalesce(t.dispatched_at, 0) <= ?" +
        ` AND t.available_at <= ? AND ${RUN_LIVE(runs, "'running', 'closing'")}`,
      order: "coalesce(t.dispatched_at, 0), t.available_at",
      times: ["age", "now"],
    }),
    search({
      kind: "undelivered",
      table: "runs",
      index: "runs_undelivered",
      at: "t.created_at",
      where: "t.sink_rev < t.rev",
      times: [],
    }),
  ];
}

/** What is no longer needed. */
const OLD: readonly Search[] = [
  search({
    kind: "commitsOld",
    table: "commits",
    index: "commits_at",
    columns: "'', NULL, NULL, NULL, t.commit_id",
    at: "t.at",
    where: "t.at <= ?",
    times: ["age"],
    namespaced: false,
  }),
  search({
    kind: "tombstones",
    table: "blobTombstones",
    index: "blob_tombstones_at",
    columns: "'', NULL, NULL, NULL, t.hash",
    at: "t.at",
    where: "t.at <= ?",
    times: ["age"],
    namespaced: false,
  }),
];

function stranded(schema: Schema): Search {
  const { stages, waits, intents } = schema.tables;
  const wakes =
    "x.held = 1 OR x.status IN ('ready', 'running')" +
    " OR (x.status = 'suspended' AND x.wake_at IS NOT NULL)";
  const waiting = "x.outcome IS NULL AND x.kind IN ('signal', 'child', 'approval', 'poll')";
  return search({
    kind: "stranded",
    table: "runs",
    index: "runs_live",
    at: "t.created_at",
    where:
      "t.status IN ('running', 'closing')" +
      ` AND NOT EXISTS (SELECT 1 FROM ${stages.sql} x WHERE x.run_id = t.id AND (${wakes}))` +
      ` AND NOT EXISTS (SELECT 1 FROM ${waits.sql} x WHERE x.run_id = t.id AND ${waiting})` +
      ` AND NOT EXISTS (SELECT 1 FROM ${intents.sql} x WHERE x.run_id = t.id)`,
    times: [],
    ofCode: true,
  });
}
