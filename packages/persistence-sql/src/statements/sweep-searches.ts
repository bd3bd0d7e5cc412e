import type { SweepKind } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";

/** One bounded read of a sweep; its index serves both what it looks for and its order. */
export interface Search {
  readonly kind: SweepKind;
  readonly table: "runs" | "stages" | "workers" | "commits" | "blobTombstones";
  readonly index: string;
  /** Columns of the answer: run id, three of the stage and id, in SQL. */
  readonly columns: readonly (string | null)[];
  readonly at: string;
  /** `:now` is database time, `:age` that less `olderThanMs`, `:yes` and `:no` are booleans. */
  readonly where: string;
  /** Order of the index when it is not that of `at`. */
  readonly order?: string;
  readonly namespaced: boolean;
  /** Only code moves what it finds, so it can be narrowed to the definitions of a request. */
  readonly ofCode: boolean;
}

const RUN = ["t.id", null, null, null, null];
const STAGE = ["t.run_id", "t.stage_id", "t.map_index", "t.generation", null];

const RUN_LIVE = (runs: string, statuses: string): string =>
  `EXISTS (SELECT 1 FROM ${runs} r WHERE r.id = t.run_id AND r.status IN (${statuses}))`;

const search = (
  of: Pick<Search, "kind" | "table" | "index" | "at" | "where"> & Partial<Search>,
): Search => ({
  columns: of.table === "stages" ? STAGE : RUN,
  namespaced: true,
  ofCode: false,
  ...of,
});

/** Every search there is; a kind may need two. */
export const searchesOf = (schema: Schema): readonly Search[] => [
  ...DUE,
  ...waiting(schema),
  stranded(schema),
  orphaned(schema),
  ...OLD,
];

/** What an instant of its own made due. */
const DUE: readonly Search[] = [
  search({
    kind: "startDue",
    table: "runs",
    index: "runs_start_due",
    at: "t.start_at",
    where: "t.status = 'pending' AND t.start_at <= :now",
  }),
  search({
    kind: "wakeDue",
    table: "stages",
    index: "stages_wake",
    at: "t.wake_at",
    where: "t.status = 'suspended' AND t.held = :no AND t.wake_at <= :now",
  }),
  search({
    kind: "sessionExpired",
    table: "workers",
    index: "workers_expiry",
    columns: ["''", null, null, null, "t.id"],
    at: "t.expires_at",
    where: "t.status <> 'gone' AND t.expires_at <= :now",
  }),
  search({
    kind: "runDeadline",
    table: "runs",
    index: "runs_deadline",
    at: "t.deadline",
    where: "t.status IN ('pending', 'running', 'paused', 'closing') AND t.deadline <= :now",
  }),
  search({
    kind: "startDeadline",
    table: "runs",
    index: "runs_start_deadline",
    at: "t.start_deadline",
    where:
      "t.status IN ('pending', 'running') AND t.started_at IS NULL AND t.start_deadline <= :now",
  }),
  search({
    kind: "startDeadline",
    table: "stages",
    index: "stages_start_deadline",
    at: "t.start_deadline",
    where: "t.status IN ('ready', 'blocked') AND t.started_at IS NULL AND t.start_deadline <= :now",
  }),
];

/** What was left behind. */
function waiting({ tables, dialect }: Schema): readonly Search[] {
  const runs = tables.runs.sql;
  return [
    search({
      kind: "joinReady",
      table: "stages",
      index: "stages_joins",
      at: "t.created_at",
      where:
        "t.status = 'blocked' AND t.join_pending <= 0 AND t.slot_key IS NULL AND " +
        RUN_LIVE(runs, "'running'"),
      ofCode: true,
    }),
    search({
      kind: "undispatched",
      table: "stages",
      index: "stages_undispatched",
      at: "t.available_at",
      where:
        `t.status = 'ready' AND t.held = :no AND ${dialect.dispatchedSince} <= :age` +
        ` AND t.available_at <= :now AND ${RUN_LIVE(runs, "'running', 'closing'")}`,
      order: `${dialect.dispatchedSince}, t.available_at`,
    }),
    search({
      kind: "undelivered",
      table: "runs",
      index: "runs_undelivered",
      at: "t.created_at",
      where: dialect.undelivered,
    }),
  ];
}

/** What is no longer needed. */
const OLD: readonly Search[] = [
  search({
    kind: "commitsOld",
    table: "commits",
    index: "commits_at",
    columns: ["''", null, null, null, "t.commit_id"],
    at: "t.at",
    where: "t.at <= :age",
    namespaced: false,
  }),
  search({
    kind: "tombstones",
    table: "blobTombstones",
    index: "blob_tombstones_at",
    columns: ["''", null, null, null, "t.hash"],
    at: "t.at",
    where: "t.at <= :age",
    namespaced: false,
  }),
];

function stranded(schema: Schema): Search {
  const { stages, waits, intents } = schema.tables;
  const wakes =
    "x.held = :yes OR x.status IN ('ready', 'running')" +
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
    ofCode: true,
  });
}

/** Stages have a session while they run, and only then. */
const orphaned = ({ tables }: Schema): Search =>
  search({
    kind: "stranded",
    table: "stages",
    index: "stages_session",
    at: "t.created_at",
    where:
      "t.session > '' AND t.status = 'running' AND NOT EXISTS" +
      ` (SELECT 1 FROM ${tables.workers.sql} x WHERE x.id = t.session AND x.status <> 'gone')`,
    order: "t.session, t.session_epoch",
    ofCode: true,
  });
