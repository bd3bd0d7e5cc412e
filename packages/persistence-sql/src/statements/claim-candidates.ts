import type { ClaimRequest, EpochMs, StageKey } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";
import { sameStage, stageTuples } from "./stage-tuples.ts";
import type { SqlValue } from "./statement.ts";

/** Part of a statement: text and the values of its placeholders. */
export interface Fragment {
  readonly shape: string;
  readonly text: string;
  readonly params: readonly SqlValue[];
}

/** Due suspended stages of one queue and definition that a claim looks at, the oldest first. */
const DUE_LOOK_MAX = 256;

const RANKED = ["claim_rank", "run_id", "stage_id", "map_index"];
const AVAILABLE = "c.status = 'ready' AND c.available_at <= ?";
const WAKING = "c.status = 'suspended' AND c.wake_at <= ?";

/** The order of claims over a source that has these columns. */
export const byRank = (alias: string): string => RANKED.map((column) => alias + column).join(", ");

const CANDIDATE = `c.rowid AS id, ${byRank("c.")}`;

/**
 * Ready stages, best first of each lane: a pair of queue and definition. Foreign definitions
 * ahead cost nothing, since each lane is a range of the claim index.
 */
export function readyStages(schema: Schema, request: ClaimRequest, now: EpochMs): Fragment {
  return lanes(schema, request, {
    index: "stages_claim",
    queues: "status = 'ready' AND held = 0",
    where: `${AVAILABLE} AND c.held = 0`,
    order: byRank("c."),
    now,
    limit: request.limit,
  });
}

/** Suspended stages whose wake-up is due; of very many in one lane those due longest. */
export function dueStages(schema: Schema, request: ClaimRequest, now: EpochMs): Fragment {
  return lanes(schema, request, {
    index: "stages_due",
    queues: "status = 'suspended' AND held = 0 AND wake_at IS NOT NULL",
    where: `${WAKING} AND c.held = 0`,
    order: "c.wake_at",
    now,
    limit: Math.max(request.limit, DUE_LOOK_MAX),
  });
}

interface Lane {
  readonly index: string;
  /** Condition of the partial index, under which queues are looked up when none are given. */
  readonly queues: string;
  readonly where: string;
  readonly order: string;
  /** Placeholder of `where`. */
  readonly now: EpochMs;
  /** Per lane. */
  readonly limit: number;
}

function lanes(schema: Schema, request: ClaimRequest, lane: Lane): Fragment {
  const { dialect, tables } = schema;
  const stages = tables.stages.sql;
  const using = dialect.using(schema.index(lane.index));
  const queues = request.queues
    ? `SELECT value AS queue FROM ${dialect.listOf("q")}`
    : usedQueues(stages, using, lane.queues);
  const readable = exceptRuns(schema, request);
  const best =
    `SELECT c.rowid FROM ${stages} c${using} WHERE c.namespace = ? AND c.queue = l.queue` +
    ` AND c.definition = d.value AND ${lane.where} AND c.suspect = 0 AND ${liveRun(schema)}` +
    readable.text +
    ` ORDER BY ${lane.order} LIMIT ?`;
  const text =
    `SELECT ${CANDIDATE} FROM (${queues}) l CROSS JOIN ${dialect.listOf("d")}` +
    ` CROSS JOIN ${stages} c WHERE c.rowid IN (${best})`;
  const { namespace } = request;
  const queueParams = request.queues ? [listParam(request.queues)] : [namespace, namespace];
  return {
    shape: `${lane.index}${request.queues ? " queues" : ""}${readable.shape}`,
    text,
    params: [
      ...queueParams,
      listParam(request.definitions),
      namespace,
      lane.now,
      ...readable.params,
      lane.limit,
    ],
  };
}

/** The queues that have such stages: one look into the index for each, whatever their number. */
const usedQueues = (stages: string, using: string, where: string): string =>
  "WITH RECURSIVE used(queue) AS (" +
  `SELECT min(queue) FROM ${stages}${using} WHERE namespace = ? AND ${where}` +
  ` UNION ALL SELECT (SELECT min(queue) FROM ${stages}${using}` +
  ` WHERE namespace = ? AND queue > u.queue AND ${where}) FROM used u WHERE u.queue IS NOT NULL` +
  ") SELECT queue FROM used WHERE queue IS NOT NULL";

/** Claimable suspects of all queues and definitions given. */
export function suspectStages(schema: Schema, request: ClaimRequest, now: EpochMs): Fragment {
  const using = schema.dialect.using(schema.index("stages_suspects"));
  const served = servedBy(schema, request);
  return {
    shape: `suspects${served.shape}`,
    text:
      `SELECT ${CANDIDATE} FROM ${schema.tables.stages.sql} c${using} WHERE c.namespace = ?` +
      ` AND c.suspect = 1 AND c.held = 0 AND (${AVAILABLE} OR ${WAKING})` +
      ` AND ${served.text} AND ${liveRun(schema)}`,
    params: [request.namespace, now, now, ...served.params],
  };
}

/** Those of the wanted stages that are claimable; with `alone` only suspects, else none. */
export function wantedStages(
  schema: Schema,
  request: ClaimRequest & { readonly stages: readonly StageKey[] },
  now: EpochMs,
): Fragment {
  const served = servedBy(schema, request);
  return {
    shape: `${request.alone ? "wanted suspect" : "wanted"}${served.shape}`,
    text:
      `SELECT ${CANDIDATE} FROM ${schema.dialect.tuplesOf("k")}` +
      ` CROSS JOIN ${schema.tables.stages.sql} c ON ${sameStage(schema, "c", "k")}` +
      ` WHERE c.namespace = ? AND c.suspect = ${request.alone ? 1 : 0} AND c.held = 0` +
      ` AND (${AVAILABLE} OR ${WAKING}) AND ${served.text} AND ${liveRun(schema)}`,
    params: [stageTuples(request.stages), request.namespace, now, now, ...served.params],
  };
}

function servedBy(schema: Schema, request: ClaimRequest): Fragment {
  const { listOf } = schema.dialect;
  const readable = exceptRuns(schema, request);
  const queues = request.queues ? ` AND c.queue IN (SELECT value FROM ${listOf("q")})` : "";
  return {
    shape: `${request.queues ? " queues" : ""}${readable.shape}`,
    text: `c.definition IN (SELECT value FROM ${listOf("d")})${queues}${readable.text}`,
    params: [
      listParam(request.definitions),
      ...(request.queues ? [listParam(request.queues)] : []),
      ...readable.params,
    ],
  };
}

/** Seldom there, so that the usual claim has nothing of it in its text. */
function exceptRuns(schema: Schema, { exceptRuns: runs = [] }: ClaimRequest): Fragment {
  if (runs.length === 0) return { shape: "", text: "", params: [] };
  return {
    shape: " readable",
    text: ` AND c.run_id NOT IN (SELECT value FROM ${schema.dialect.listOf("x")})`,
    params: [listParam(runs)],
  };
}

const listParam = (values: readonly string[]): string => JSON.stringify([...new Set(values)]);

const liveRun = (schema: Schema): string =>
  `EXISTS (SELECT 1 FROM ${schema.tables.runs.sql} r` +
  " WHERE r.id = c.run_id AND r.status IN ('running', 'closing'))";
