import { isDeepStrictEqual } from "node:util";
import { checkInvariants, type Kernel, type RunView } from "@pawl/kernel";
import {
  type AttemptRow,
  type Row,
  type StageRow,
  type StepRow,
  stageKeyText,
  TABLES,
  type TableName,
} from "@pawl/kernel/ports";
import { openPersistence } from "../../src/open-persistence.ts";
import type { WatchedDatabase } from "./database.ts";
import { type Effect, effectsIn, stageOf } from "./effects.ts";
import { type Expected, type Outcome, shownFailure, shownRecord } from "./expected.ts";

export interface Audited {
  readonly directory: string;
  readonly kernel: Kernel;
  readonly database: WatchedDatabase;
  readonly expected: Expected;
  /** Processes that were killed, stopped or blocked. */
  readonly disturbed: ReadonlySet<number>;
  /** Processes that say themselves that they could not renew their lease in time. */
  readonly slow: ReadonlySet<number>;
  /**
   * The database was away for a while: a process that could not renew its lease in time gives
   * stages up without a loss, if it could renew it after all.
   */
  readonly outage: boolean;
  /** Every run that a start has answered: these are there, and no others. */
  readonly started: ReadonlySet<string>;
}

/** What a story left behind. */
export interface Audit {
  readonly violations: readonly string[];
  readonly runs: number;
  readonly records: number;
  /** Bodies that were entered, and those of them that had been entered before. */
  readonly bodies: number;
  readonly bodiesAgain: number;
  /** Stages taken from lost sessions, and those of processes that were only too slow. */
  readonly losses: number;
  readonly lossesOfSlow: number;
  readonly doubtsHeld: number;
  readonly doubtsCaught: number;
  readonly quarantined: number;
}

const PAGE = 1_000;
const AT_ONCE = 20;

/** Reads the whole database and all effects, and says what must not be. */
export async function audit(audited: Audited): Promise<Audit> {
  const { kernel, database, expected, disturbed } = audited;
  const { dump, runs } = await read(audited);
  const effects = effectsIn(audited.directory);
  const stages = groupBy(dump.stages, ({ runId }) => runId);
  const steps = groupBy(dump.steps, ({ runId }) => runId);
  const lost = dump.attempts.filter(({ outcome }) => outcome === "lost");
  const pids = new Map(dump.workers.map(({ id, pid }) => [id, pid]));
  const judged = runs.map((run) =>
    judgeRun(run, {
      stages: stages.get(run.id) ?? [],
      steps: steps.get(run.id) ?? [],
      expected,
    }),
  );
  const slow = lost.filter(({ session }) => !disturbed.has(pids.get(session ?? "") ?? 0));
  const integrity = await database.integrity();
  const letters = await kernel.dispatch({ type: "deadletter.list", limit: PAGE });
  const holds = dump.stages.filter(({ held }) => held);
  const violations = [
    ...checkInvariants(dump).map(
      ({ invariant, runId, message }) => `${invariant} ${runId} ${message}`,
    ),
    ...(integrity === "ok" ? [] : [`integrity_check says ${integrity}`]),
    ...judged.flatMap((judgement) => judgement.violations),
    ...judgeStarts(audited.started, runs),
    ...dump.waits
      .filter(({ outcome }) => outcome === null)
      .map((wait) => `wait ${stageKeyText(wait)}/${wait.key} is open`),
    ...holds
      .filter(({ runId }) => !letters.some((letter) => letter.runId === runId))
      .map((stage) => `no dead letter tells of ${stageKeyText(stage)}`),
    ...slow
      .filter(({ session }) => !audited.slow.has(pids.get(session ?? "") ?? 0))
      .map((row) => `${stageKeyText(row)} was lost by a process that nothing happened to`),
    ...judgeEffects(effects, { lost, steps: dump.steps, outage: audited.outage }),
  ];
  const caught = judged.filter(({ doubt }) => doubt).length;
  return {
    violations,
    runs: runs.length,
    records: dump.steps.length,
    bodies: effects.length,
    bodiesAgain: effects.length - new Set(effects.map(textOf)).size,
    losses: lost.length,
    lossesOfSlow: slow.length,
    doubtsCaught: caught,
    doubtsHeld: holds.filter(({ holdReason }) => holdReason === "inDoubt").length,
    quarantined: holds.filter(({ holdReason }) => holdReason === "quarantined").length,
  };
}

const textOf = ({ idempotencyKey, attempt }: Effect): string => `${idempotencyKey} ${attempt}`;

async function read({ kernel, database }: Audited) {
  const choice = { synchronous: "NORMAL", migrate: false } as const;
  const persistence = await openPersistence(database.place, choice);
  const all = async <T extends TableName>(table: T): Promise<readonly Row<T>[]> => {
    const rows: Row<T>[] = [];
    for (let after: readonly (string | number)[] | undefined; ; ) {
      const page = await persistence.query.find({
        table,
        where: {},
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      rows.push(...page);
      const last = page.at(-1) as Record<string, string | number> | undefined;
      if (!last || page.length < PAGE) return rows;
      after = TABLES[table].key.map((column) => last[column] as string | number);
    }
  };
  const dump = {
    runs: await all("runs"),
    stages: await all("stages"),
    events: await all("events"),
    steps: await all("steps"),
    waits: await all("waits"),
    dispatch: await all("dispatch"),
    slots: await all("slots"),
    definitions: await all("definitions"),
    attempts: await all("attempts"),
    workers: await all("workers"),
  };
  await persistence.close();
  const runs: RunView[] = [];
  for (let from = 0; from < dump.runs.length; from += AT_ONCE) {
    const some = dump.runs.slice(from, from + AT_ONCE);
    runs.push(...(await Promise.all(some.map(({ id }) => kernel.query.getRun(id)))));
  }
  return { dump, runs };
}

function judgeStarts(started: ReadonlySet<string>, runs: readonly RunView[]): readonly string[] {
  const there = new Set(runs.map(({ id }) => id));
  return [
    ...[...started].filter((id) => !there.has(id)).map((id) => `run ${id} is lost`),
    ...[...there].filter((id) => !started.has(id)).map((id) => `nobody asked for run ${id}`),
  ];
}

interface OfRun {
  readonly stages: readonly StageRow[];
  readonly steps: readonly StepRow[];
  readonly expected: Expected;
}

interface Judgement {
  readonly violations: readonly string[];
  /** The run ended with a doubt that it caught itself. */
  readonly doubt: boolean;
}

/** A run must end as it would have without faults, but for what runs at most once. */
function judgeRun(run: RunView, { stages, steps, expected }: OfRun): Judgement {
  const name = `run ${run.id} of ${run.workflowId} with ${JSON.stringify(run.input)}`;
  const held = stages.find((stage) => stage.held);
  if (held) {
    const known = HOLDS[run.workflowId] === held.holdReason;
    return { violations: known ? [] : [`${name} is held: ${held.holdReason}`], doubt: false };
  }
  const wanted = outcomeWithoutFaults(run, expected);
  if (!wanted) return { violations: [`${name} should not have ended`], doubt: false };
  const doubt = steps.some(({ kind, status }) => kind === "atMostOnce" && status === "failed");
  const { status, value, records } = doubt ? doubted(wanted) : wanted;
  const found = run.failure ? shownFailure(run.failure) : run.output;
  const shown = steps.map(shownRecord).sort();
  const differ = (what: string, is: unknown, should: unknown): string[] =>
    isDeepStrictEqual(is, should)
      ? []
      : [`${name}: ${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`];
  const violations = [
    ...differ("status", run.status, status),
    ...differ("outcome", found, value),
    ...(records.length > 0 ? differ("steps", shown, records) : []),
    ...(doubt && run.workflowId !== "onceCaught" ? [`${name} ended in doubt`] : []),
  ];
  return { violations, doubt };
}

/** Why runs of these workflows may be held in the end. */
const HOLDS: Readonly<Record<string, string>> = { onceHeld: "inDoubt", blocking: "quarantined" };

function outcomeWithoutFaults({ workflowId, input }: RunView, expected: Expected) {
  const completed = (value: unknown): Outcome => ({ status: "completed", value, records: [] });
  if (workflowId === "stopping") return completed(["a", "b", "c"]);
  if (workflowId === "steady") return completed(input);
  if (workflowId !== "blocking") return expected.of(workflowId, input);
  return (input as { blocks: string }).blocks === "once" ? completed("free") : undefined;
}

function doubted({ status, value, records }: Outcome): Outcome {
  return {
    status,
    value: { ...(value as object), sent: { doubt: true } },
    records: records.map((record) => record.replace("once#0 completed", "once#0 failed")).sort(),
  };
}

/**
 * A body is entered again only after its process lost the stage or gave it up, and never by a
 * stale owner.
 */
function judgeEffects(
  effects: readonly Effect[],
  of: {
    readonly lost: readonly AttemptRow[];
    readonly steps: readonly StepRow[];
    readonly outage: boolean;
  },
): readonly string[] {
  const losses = new Set(of.lost.map((row) => `${stageKeyText(row)} ${row.fence}`));
  const mayBeAgain = (before: Effect): boolean =>
    of.outage || losses.has(`${stageOf(before)} ${before.fence}`);
  const byKey = groupBy(effects, ({ idempotencyKey }) => idempotencyKey);
  const records = new Map(
    of.steps.map((row) => [`${stageKeyText(row)}/${row.key}#${row.occurrence}`, row]),
  );
  return [
    ...oneToOne(effects),
    ...[...byKey].flatMap(([key, entries]) => [
      ...entries
        .slice(1)
        .flatMap((entry, i) => judgeAgain(entries[i] as Effect, entry, mayBeAgain)),
      ...judgeRecord(key, entries, records.get(key)),
    ]),
    ...[...records]
      .filter(([key, row]) => row.status === "completed" && !byKey.has(key))
      .map(([key]) => `${key} is recorded, but its body was never entered`),
  ];
}

function judgeAgain(
  before: Effect,
  entry: Effect,
  mayBeAgain: (before: Effect) => boolean,
): string[] {
  const name = `${entry.idempotencyKey} of ${entry.pid} under fence ${entry.fence}`;
  if (entry.fence < before.fence) return [`${name} was entered after fence ${before.fence}`];
  if (entry.attempt === before.attempt + 1) return [];
  const isLater = entry.attempt === before.attempt && entry.fence > before.fence;
  if (isLater && mayBeAgain(before)) return [];
  const first = `attempt ${before.attempt} of ${before.pid} under fence ${before.fence}`;
  return [`${name} was entered again without a loss, attempt ${entry.attempt} after ${first}`];
}

function judgeRecord(key: string, entries: readonly Effect[], row: StepRow | undefined): string[] {
  const newest = Math.max(...entries.map(({ fence }) => fence));
  const stale =
    row && row.fence < newest ? [`${key} has a record of stale fence ${row.fence}`] : [];
  const twice =
    row?.kind === "atMostOnce" && entries.length > 1 ? [`${key} was entered more than once`] : [];
  return [...stale, ...twice];
}

/** One key for side effects for each step of a run, and one step for each key. */
function oneToOne(effects: readonly Effect[]): readonly string[] {
  const keys = new Map<string, string>();
  const steps = new Map<string, string>();
  return effects.flatMap(({ step, idempotencyKey }) => {
    const same = (keys.get(step) ?? idempotencyKey) === idempotencyKey;
    const own = (steps.get(idempotencyKey) ?? step) === step;
    keys.set(step, idempotencyKey);
    steps.set(idempotencyKey, step);
    return same && own ? [] : [`step ${step} was given the key ${idempotencyKey}`];
  });
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
