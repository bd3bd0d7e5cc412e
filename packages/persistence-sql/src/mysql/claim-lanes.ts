import { type ClaimRequest, type StageKey, stageKeyText } from "@pawl/kernel/ports";
import { byRank, suspectStages } from "../statements/claim-candidates.ts";
import { listOf } from "../statements/schema.ts";
import { sameStage, stageTuples } from "../statements/stage-tuples.ts";
import type { SqlRow, SqlValue, Statement } from "../statements/statement.ts";
import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";

/** Due suspended stages of one queue and definition that a claim looks at, the oldest first. */
const DUE_LOOK_MAX = 256;
/** Lanes of one statement; more are looked at by several. */
const LANES_MAX = 16;

/** A range of the claim index: stages of one queue and definition. */
interface Lane {
  readonly queue: string;
  readonly definition: string;
}

/** What a claim is going to lock: the first rows of lanes, and rows by their keys. */
export interface Choice {
  readonly lanes: readonly (Lane & { readonly count: number })[];
  readonly keys: readonly StageKey[];
}

/** Looks, without a lock, where the best claimable stages are; undefined when there are none. */
export async function chooseStages(
  store: MysqlStore,
  session: Session,
  request: ClaimRequest,
): Promise<Choice | undefined> {
  if (request.stages) return { lanes: [], keys: request.stages };
  const found = request.alone
    ? await session.all(suspectStatement(store, request))
    : await firstOfLanes(store, session, request);
  const candidates = distinct(found.map(candidateOf)).sort(inOrder);
  if (candidates.length === 0) return undefined;
  const best = candidates.slice(0, request.alone ? 1 : request.limit);
  const counts = new Map<string, Lane & { count: number }>();
  for (const { lane } of best) {
    if (!lane) continue;
    const place = JSON.stringify([lane.queue, lane.definition]);
    const known = counts.get(place);
    if (known) known.count += 1;
    else counts.set(place, { ...lane, count: 1 });
  }
  const keys = best.filter(({ lane }) => !lane).map(({ key }) => key);
  return { lanes: [...counts.values()], keys };
}

interface Candidate {
  readonly key: StageKey;
  readonly rank: number;
  /** Of a ready stage; others are locked by their keys. */
  readonly lane: Lane | undefined;
}

function candidateOf(row: SqlRow): Candidate {
  const [generation, rank, runId, stageId, mapIndex, queue, definition] = row as [
    number,
    number,
    string,
    string,
    number,
    string | null,
    string,
  ];
  const lane = queue === null || queue === undefined ? undefined : { queue, definition };
  return { key: { runId, stageId, mapIndex, generation }, rank, lane };
}

const distinct = (candidates: readonly Candidate[]): Candidate[] => [
  ...new Map(candidates.map((one) => [stageKeyText(one.key), one])).values(),
];

function inOrder(a: Candidate, b: Candidate): number {
  const compare = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);
  return (
    a.rank - b.rank ||
    compare(a.key.runId, b.key.runId) ||
    compare(a.key.stageId, b.key.stageId) ||
    a.key.mapIndex - b.key.mapIndex
  );
}

function suspectStatement({ schema, now }: MysqlStore, request: ClaimRequest): Statement {
  const { shape, text, params } = suspectStages(schema, request, now());
  return {
    text: schema.text(shape, () => `${text} ORDER BY ${byRank("c.")} LIMIT 1`),
    params,
  };
}

async function firstOfLanes(
  store: MysqlStore,
  session: Session,
  request: ClaimRequest,
): Promise<readonly SqlRow[]> {
  const queues =
    request.queues ?? (await store.queues.of(store.schema, session, request.namespace));
  const lanes = queues.flatMap((queue) =>
    [...new Set(request.definitions)].map((definition) => ({ queue, definition })),
  );
  const statements: Statement[] = [];
  for (let at = 0; at < lanes.length; at += LANES_MAX) {
    statements.push(lanesStatement(store, request, lanes.slice(at, at + LANES_MAX)));
  }
  return (await session.allOf(statements)).flat();
}

/** Of a number of lanes that is a power of two, the last one repeated: few texts serve all. */
export function lanesStatement(
  store: MysqlStore,
  request: ClaimRequest,
  lanes: readonly Lane[],
): Statement {
  const size = 2 ** Math.ceil(Math.log2(lanes.length));
  const padded = Array.from({ length: size }, (_, at) => lanes[at] ?? lanes[0]) as Lane[];
  const except = exceptRuns(store, request);
  const { schema } = store;
  const kinds = [READY, DUE];
  const text = schema.text(`lanes ${size}${except.text}`, () =>
    padded
      .flatMap(() => kinds.map((kind) => `(${laneText(store, kind, except.text)})`))
      .join(" UNION ALL "),
  );
  const params = padded.flatMap((lane) =>
    kinds.flatMap((kind) => [
      ...laneParams(store, request, lane),
      ...except.params,
      kind === DUE ? Math.max(request.limit, DUE_LOOK_MAX) : request.limit,
    ]),
  );
  return { text, params };
}

interface LaneKind {
  readonly index: string;
  readonly columns: string;
  readonly where: string;
  readonly order: string;
}

const READY: LaneKind = {
  index: "stages_claim",
  columns: "c.queue, c.definition",
  where: "c.status = 'ready' AND c.available_at <=",
  // Rows of one rank follow in the order of their keys, as they do in every index of InnoDB. Named
  // here, the keys would be more than the optimizer takes for sorted, and a sort locks all rows.
  order: "c.claim_rank",
};

const DUE: LaneKind = {
  index: "stages_due",
  columns: "NULL, NULL",
  where: "c.status = 'suspended' AND c.wake_at <=",
  order: "c.wake_at",
};

const laneText = (store: MysqlStore, kind: LaneKind, except: string): string =>
  `SELECT c.generation, ${byRank("c.")}, ${kind.columns} ${laneRest(store, kind, except)}`;

function laneRest({ schema }: MysqlStore, kind: LaneKind, except: string): string {
  const using = schema.dialect.using(schema.index(kind.index));
  return (
    `FROM ${schema.tables.stages.sql} c${using} WHERE c.namespace = ? AND c.queue = ?` +
    ` AND c.definition = ? AND ${kind.where} ${schema.dialect.now}` +
    ` AND c.held = 0 AND c.suspect = 0 AND ${liveRun(schema)}${except}` +
    ` ORDER BY ${kind.order} LIMIT ?`
  );
}

const laneParams = (
  { schema, now }: MysqlStore,
  { namespace }: ClaimRequest,
  { queue, definition }: Lane,
): readonly SqlValue[] => [namespace, queue, definition, ...schema.dialect.nowParams(now())];

/** A value and no EXISTS, which the optimizer may turn into a join that begins at the runs. */
const liveRun = ({ tables }: MysqlStore["schema"]): string =>
  `(SELECT r.status FROM ${tables.runs.sql} r WHERE r.id = c.run_id) IN ('running', 'closing')`;

function exceptRuns(
  { schema }: MysqlStore,
  { exceptRuns: runs = [] }: ClaimRequest,
): { readonly text: string; readonly params: readonly SqlValue[] } {
  if (runs.length === 0) return { text: "", params: [] };
  const { dialect } = schema;
  return { text: ` AND NOT (${dialect.isIn("c.run_id", "text")})`, params: [dialect.list(runs)] };
}

/**
 * Statements that lock what was chosen and answer the rows, with the highest seqs of their steps
 * and waits and the number of waits without a seq. What others hold or took meanwhile is left out.
 */
export function lockChosen(
  store: MysqlStore,
  request: ClaimRequest,
  { lanes, keys }: Choice,
): readonly Statement[] {
  const { schema } = store;
  const except = exceptRuns(store, request);
  const columns = (): string => lockedColumns(store);
  const ready = lanes.map((lane) => ({
    text: schema.text(
      `lock lane${except.text}`,
      () => `SELECT ${columns()} ${laneRest(store, READY, except.text)} FOR UPDATE SKIP LOCKED`,
    ),
    params: [...laneParams(store, request, lane), ...except.params, lane.count],
  }));
  if (keys.length === 0) return ready;
  return [...ready, keysStatement(store, request, keys)];
}

/** Locks those of some stages that are claimable. */
function keysStatement(
  store: MysqlStore,
  request: ClaimRequest,
  keys: readonly StageKey[],
): Statement {
  const { schema } = store;
  const { dialect } = schema;
  const except = exceptRuns(store, request);
  const now = dialect.nowParams(store.now());
  const served = request.queues ? ` AND ${dialect.isIn("c.queue", "text")}` : "";
  const suspect = dialect.flag(request.alone === true);
  const text = schema.text(
    `lock keys ${suspect}${served}${except.text}`,
    () =>
      `SELECT ${lockedColumns(store)} FROM ${dialect.tuplesOf("k")}` +
      ` STRAIGHT_JOIN ${schema.tables.stages.sql} c ON ${sameStage(schema, "c", "k")}` +
      ` WHERE c.namespace = ? AND c.held = 0 AND c.suspect = ${suspect}` +
      ` AND ((c.status = 'ready' AND c.available_at <= ${dialect.now})` +
      ` OR (c.status = 'suspended' AND c.wake_at <= ${dialect.now}))` +
      ` AND ${dialect.isIn("c.definition", "text")}${served} AND ${liveRun(schema)}` +
      `${except.text} FOR UPDATE SKIP LOCKED`,
  );
  const { namespace, definitions, queues } = request;
  const lists = [dialect.list(definitions), ...(queues ? [dialect.list(queues)] : [])];
  const params = [stageTuples(keys), namespace, ...now, ...now, ...lists, ...except.params];
  return { text, params };
}

function lockedColumns({ schema }: MysqlStore): string {
  const { stages, steps, waits } = schema.tables;
  const own =
    "x.run_id = c.run_id AND x.stage_id = c.stage_id AND x.map_index = c.map_index" +
    " AND x.generation = c.generation";
  const last = (table: string, index: string): string =>
    `(SELECT x.seq FROM ${table} x${schema.dialect.using(schema.index(index))} WHERE ${own}` +
    " ORDER BY x.seq DESC LIMIT 1)";
  return [
    listOf(stages.columns, "c."),
    last(steps.sql, "steps_seq"),
    last(waits.sql, "waits_seq"),
    `(SELECT count(*) FROM ${waits.sql} x${schema.dialect.using(schema.index("waits_seq"))}` +
      ` WHERE ${own} AND x.seq IS NULL)`,
  ].join(", ");
}
