import type { ClaimRequest, StageKey } from "@pawl/kernel/ports";
import type { Dialect, Now } from "../dialects/dialect.ts";
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
const available = ({ now }: Dialect): string => `c.status = 'ready' AND c.available_at <= ${now}`;
const waking = ({ now }: Dialect): string => `c.status = 'suspended' AND c.wake_at <= ${now}`;

/** The order of claims over a source that has these columns. */
export const byRank = (alias: string): string => RANKED.map((column) => alias + column).join(", ");

const candidate = (schema: Schema): string => `${schema.dialect.candidate}, ${byRank("c.")}`;

/**
 * Ready stages, best first of each lane: a pair of queue and definition. Foreign definitions
 * ahead cost nothing, since each lane is a range of the claim index.
 */
export function readyStages(schema: Schema, request: ClaimRequest, now: Now): Fragment {
  const free = schema.dialect.flag(false);
  return lanes(schema, request, {
    index: "stages_claim",
    queues: `status = 'ready' AND held = ${free}`,
    where: `${available(schema.dialect)} AND c.held = ${free}`,
    order: byRank("c."),
    now,
    limit: request.limit,
  });
}

/** Suspended stages whose wake-up is due; of very many in one lane those due longest. */
export function dueStages(schema: Schema, request: ClaimRequest, now: Now): Fragment {
  const free = schema.dialect.flag(false);
  return lanes(schema, request, {
    index: "stages_due",
    queues: `status = 'suspended' AND held = ${free} AND wake_at IS NOT NULL`,
    where: `${waking(schema.dialect)} AND c.held = ${free}`,
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
  readonly now: Now;
  /** Per lane. */
  readonly limit: number;
}

function lanes(schema: Schema, request: ClaimRequest, lane: Lane): Fragment {
  const { dialect, tables } = schema;
  const stages = tables.stages.sql;
  const using = dialect.using(schema.index(lane.index));
  const queues = request.queues
    ? `SELECT value AS queue FROM ${dialect.listOf("q")}`
    : usedQueues(schema, using, lane.queues);
  const readable = exceptRuns(schema, request);
  const limit = dialect.atLeast(lane.limit);
  const rest =
    "WHERE c.namespace = ? AND c.queue = l.queue AND c.definition = d.value" +
    ` AND ${lane.where} AND c.suspect = ${dialect.flag(false)} AND ${liveRun(schema)}` +
    `${readable.text} ORDER BY ${lane.order} LIMIT ${limit.text}`;
  const best = dialect.firstOf({ table: stages, alias: "c", as: "c", using, rest, locked: true });
  const each = `(${queues}) l CROSS JOIN ${dialect.listOf("d")}`;
  const text = `SELECT ${candidate(schema)} FROM ${each} ${best}`;
  const { namespace, queues: given } = request;
  const queueParams = given ? [listParam(schema, given)] : [namespace, namespace];
  return {
    shape: `${lane.index} ${limit.text}${given ? " queues" : ""}${readable.shape}`,
    text,
    params: [
      ...queueParams,
      listParam(schema, request.definitions),
      namespace,
      ...dialect.nowParams(lane.now),
      ...readable.params,
      ...limit.params,
    ],
  };
}

/** The queues that have such stages: one look into the index for each, whatever their number. */
const usedQueues = ({ tables, dialect }: Schema, using: string, where: string): string =>
  "WITH RECURSIVE used(queue) AS (" +
  `SELECT min(queue) FROM ${tables.stages.sql}${using} WHERE namespace = ? AND ${where}` +
  ` UNION ALL SELECT (SELECT min(queue) FROM ${tables.stages.sql}${using}` +
  ` WHERE namespace = ? AND queue > u.queue AND ${where}) FROM used u WHERE u.queue IS NOT NULL` +
  `) SELECT queue FROM used WHERE queue IS NOT NULL${dialect.few("queue")}`;

/** Claimable suspects of all queues and definitions given. */
export function suspectStages(schema: Schema, request: ClaimRequest, now: Now): Fragment {
  const { dialect } = schema;
  const using = dialect.using(schema.index("stages_suspects"));
  const served = servedBy(schema, request);
  return {
    shape: `suspects${served.shape}`,
    text:
      `SELECT ${candidate(schema)} FROM ${schema.tables.stages.sql} c${using}` +
      ` WHERE c.namespace = ? AND ${claimable(dialect, true)}` +
      ` AND ${served.text} AND ${liveRun(schema)}`,
    params: [request.namespace, ...dueParams(dialect, now), ...served.params],
  };
}

/** Those of the wanted stages that are claimable; with `alone` only suspects, else none. */
export function wantedStages(
  schema: Schema,
  request: ClaimRequest & { readonly stages: readonly StageKey[] },
  now: Now,
): Fragment {
  const { dialect } = schema;
  const served = servedBy(schema, request);
  return {
    shape: `${request.alone ? "wanted suspect" : "wanted"}${served.shape}`,
    text:
      `SELECT ${candidate(schema)} FROM ${dialect.tuplesOf("k")}` +
      ` CROSS JOIN ${schema.tables.stages.sql} c` +
      ` WHERE ${sameStage(schema, "c", "k")} AND c.namespace = ?` +
      ` AND ${claimable(dialect, request.alone === true)} AND ${served.text}` +
      ` AND ${liveRun(schema)}`,
    params: [
      stageTuples(request.stages),
      request.namespace,
      ...dueParams(dialect, now),
      ...served.params,
    ],
  };
}

const claimable = (dialect: Dialect, suspect: boolean): string =>
  `c.suspect = ${dialect.flag(suspect)} AND c.held = ${dialect.flag(false)}` +
  ` AND (${available(dialect)} OR ${waking(dialect)})`;

const dueParams = (dialect: Dialect, now: Now): readonly SqlValue[] => [
  ...dialect.nowParams(now),
  ...dialect.nowParams(now),
];

function servedBy(schema: Schema, request: ClaimRequest): Fragment {
  const { isIn } = schema.dialect;
  const readable = exceptRuns(schema, request);
  const queues = request.queues ? ` AND ${isIn("c.queue", "text")}` : "";
  return {
    shape: `${request.queues ? " queues" : ""}${readable.shape}`,
    text: `${isIn("c.definition", "text")}${queues}${readable.text}`,
    params: [
      listParam(schema, request.definitions),
      ...(request.queues ? [listParam(schema, request.queues)] : []),
      ...readable.params,
    ],
  };
}

/** Seldom there, so that the usual claim has nothing of it in its text. */
function exceptRuns(schema: Schema, { exceptRuns: runs = [] }: ClaimRequest): Fragment {
  if (runs.length === 0) return { shape: "", text: "", params: [] };
  return {
    shape: " readable",
    text: ` AND NOT (${schema.dialect.isIn("c.run_id", "text")})`,
    params: [listParam(schema, runs)],
  };
}

const listParam = (schema: Schema, values: readonly string[]): SqlValue =>
  schema.dialect.list([...new Set(values)]);

const liveRun = (schema: Schema): string =>
  `EXISTS (SELECT 1 FROM ${schema.tables.runs.sql} r` +
  " WHERE r.id = c.run_id AND r.status IN ('running', 'closing'))";
