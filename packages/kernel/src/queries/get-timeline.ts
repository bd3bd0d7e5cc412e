import type { Engine } from "../engine/engine.ts";
import { unpackValue } from "../engine/unpack.ts";
import type { Where } from "../ports/persistence-queries.ts";
import type { EventRow } from "../state/event.ts";
import type { LogRow } from "../state/records.ts";
import type { StageFacts } from "../state/stage.ts";
import type { AttemptRow, StepRow } from "../state/step.ts";
import { TABLES } from "../state/table-specs.ts";
import type { Row } from "../state/tables.ts";
import { runRow } from "./get-run.ts";
import { type PageEnd, pageToken, readPageToken } from "./page-token.ts";

/** What has happened in a run, page by page: each list goes on in the next one until it ends. */
export interface Timeline {
  /** In `rev` order. */
  readonly events: readonly EventRow[];
  readonly stages: readonly StageFacts[];
  readonly steps: readonly Omit<StepRow, "output">[];
  readonly attempts: readonly AttemptRow[];
  /** Absent when every list has ended. */
  readonly nextPage?: string;
}

export interface TimelineOptions {
  /** Only events after this one. Default 0: all. */
  readonly afterRev?: number;
  /** Rows of each list: at most 1,000, which is the default. */
  readonly limit?: number;
  /** `nextPage` of the page before. */
  readonly page?: string;
}

const ROWS_MAX = 1_000;

type ListName = "events" | "stages" | "steps" | "attempts";
type Ends = Partial<Record<ListName, PageEnd>>;

const keyLength = (list: ListName): number => TABLES[list].key.length;

/** How many values the key of each list has. */
const LENGTHS: Readonly<Record<ListName, number>> = {
  events: keyLength("events"),
  stages: keyLength("stages"),
  steps: keyLength("steps"),
  attempts: keyLength("attempts"),
};

/** Events after `afterRev` in order, and the run's stages, steps and failed attempts. */
export async function getTimeline(
  engine: Engine,
  runId: string,
  { afterRev = 0, limit = ROWS_MAX, page }: TimelineOptions = {},
): Promise<Timeline> {
  await runRow(engine, runId);
  const first: Ends = { events: [runId, afterRev], stages: [], steps: [], attempts: [] };
  const ends = page === undefined ? first : readPageToken(page, LENGTHS);
  const list = <T extends ListName>(table: T): Promise<readonly Row<T>[]> =>
    listRows(engine, { table, runId, after: ends[table], limit });
  const [events, stages, steps, attempts] = await Promise.all([
    list("events"),
    list("stages"),
    list("steps"),
    list("attempts"),
  ]);
  const next: Ends = {
    ...endOf("events", events, limit),
    ...endOf("stages", stages, limit),
    ...endOf("steps", steps, limit),
    ...endOf("attempts", attempts, limit),
  };
  const isLast = Object.keys(next).length === 0;
  return { events, stages, steps, attempts, ...(isLast ? {} : { nextPage: pageToken(next) }) };
}

interface ListAsked<T extends ListName> {
  readonly table: T;
  readonly runId: string;
  readonly limit: number;
  /** Empty: from the beginning. Undefined: the list has ended. */
  readonly after: PageEnd | undefined;
}

async function listRows<T extends ListName>(
  engine: Engine,
  { table, runId, limit, after }: ListAsked<T>,
): Promise<readonly Row<T>[]> {
  if (after === undefined) return [];
  const where = { runId } as Where<T>;
  const from = after.length === 0 ? {} : { after };
  return engine.persistence.query.find({ table, where, limit, ...from });
}

/** Where a list that goes on was cut. */
function endOf<T extends ListName>(table: T, rows: readonly Row<T>[], limit: number): Ends {
  const last = rows.at(-1) as Record<string, string | number> | undefined;
  if (!last || rows.length < limit) return {};
  return { [table]: TABLES[table].key.map((column) => last[column]) };
}

/** What a stage last showed by `ctx.progress`; undefined when nothing. */
export async function getProgress(
  engine: Engine,
  runId: string,
  stageId: string,
): Promise<unknown> {
  await runRow(engine, runId);
  const [row] = await engine.persistence.query.find({
    table: "stages",
    where: { runId, stageId, superseded: false },
    limit: 1,
    payloads: true,
  });
  const progress = row?.progress ?? null;
  return progress === null
    ? undefined
    : unpackValue(engine, progress, { runId, field: "progress" });
}

export interface LogOptions {
  /** `id` of the last line seen. */
  readonly after?: string;
  /** At most 1,000, which is the default. */
  readonly limit?: number;
}

/** Lines of `ctx.log`, oldest first. */
export async function listLogs(
  engine: Engine,
  runId: string,
  { after, limit = ROWS_MAX }: LogOptions = {},
): Promise<readonly LogRow[]> {
  await runRow(engine, runId);
  const from = after === undefined ? {} : { after: [runId, after] };
  return engine.persistence.query.find({ table: "logs", where: { runId }, limit, ...from });
}
