import type {
  RunRow,
  StageRow,
  SweepItem,
  SweepKind,
  SweepReport,
  SweepRequest,
} from "@pawl/kernel/ports";
import { stageKeyOf } from "@pawl/kernel/ports";
import { byText } from "./claimable.ts";
import { allRows, getRow, groupRows, type Tables } from "./tables.ts";

export interface SweepAt {
  readonly namespace: string;
  readonly dbNow: number;
  /** Newest instant that is old enough for the kinds that speak of age. */
  readonly before: number;
  /** Of runs that only code moves: those that count; all when undefined. */
  readonly definitions: readonly string[] | undefined;
}

type Found = Omit<SweepItem, "kind">;

/** For each kind of sweep: what needs attention, in any order. */
export type Sweeps = Readonly<Record<SweepKind, (tables: Tables, at: SweepAt) => readonly Found[]>>;

const runsOf = (tables: Tables, { namespace }: SweepAt): readonly RunRow[] =>
  allRows(tables, "runs").filter((run) => run.namespace === namespace);

const stagesOf = (tables: Tables, { namespace }: SweepAt): readonly StageRow[] =>
  allRows(tables, "stages").filter((stage) => stage.namespace === namespace);

const isOfCode = ({ definition }: RunRow | StageRow, { definitions }: SweepAt): boolean =>
  definitions === undefined || definitions.includes(definition);

const isDue = (instant: number | null, { dbNow }: SweepAt): instant is number =>
  instant !== null && instant <= dbNow;

const runItem = (run: RunRow, at: number | null): Found => ({ runId: run.id, at: at ?? 0 });

const stageItem = (stage: StageRow, at: number | null): Found => ({
  runId: stage.runId,
  stage: stageKeyOf(stage),
  at: at ?? 0,
});

const runStatus = (tables: Tables, stage: StageRow): string | undefined =>
  getRow(tables, "runs", { id: stage.runId })?.status;

const isLive = (status: string | undefined): boolean =>
  status === "running" || status === "closing";

const LIVE_BEFORE_END = ["pending", "running", "paused", "closing"];
const WAKING_WAITS = ["signal", "child", "approval", "poll"];

/** True when neither work, nor time, nor another party, nor an intent will move the run on. */
function isStranded(tables: Tables, run: RunRow): boolean {
  const stages = groupRows(tables, "stages", { runId: run.id });
  const waits = groupRows(tables, "waits", { runId: run.id });
  return (
    isLive(run.status) &&
    !stages.some(({ held }) => held) &&
    !stages.some(({ status }) => status === "ready" || status === "running") &&
    !stages.some(({ status, wakeAt }) => status === "suspended" && wakeAt !== null) &&
    !waits.some(({ outcome, kind }) => outcome === null && WAKING_WAITS.includes(kind)) &&
    !allRows(tables, "intents").some(({ runId }) => runId === run.id)
  );
}

/** True when it runs under a session that is gone, or of which nothing is known. */
function isOrphan(tables: Tables, { status, session }: StageRow): boolean {
  if (status !== "running" || session === null) return false;
  return (getRow(tables, "workers", { id: session })?.status ?? "gone") === "gone";
}

const kinds: Sweeps = {
  startDue: (tables, at) =>
    runsOf(tables, at)
      .filter(({ status, startAt }) => status === "pending" && isDue(startAt, at))
      .map((run) => runItem(run, run.startAt)),
  wakeDue: (tables, at) =>
    stagesOf(tables, at)
      .filter(({ status, held, wakeAt }) => status === "suspended" && !held && isDue(wakeAt, at))
      .map((stage) => stageItem(stage, stage.wakeAt)),
  sessionExpired: (tables, at) =>
    allRows(tables, "workers")
      .filter(({ namespace }) => namespace === at.namespace)
      .filter(({ status, expiresAt }) => status !== "gone" && isDue(expiresAt, at))
      .map(({ id, expiresAt }) => ({ runId: "", id, at: expiresAt })),
  runDeadline: (tables, at) =>
    runsOf(tables, at)
      .filter(({ status, deadline }) => LIVE_BEFORE_END.includes(status) && isDue(deadline, at))
      .map((run) => runItem(run, run.deadline)),
  startDeadline: (tables, at) => [
    ...runsOf(tables, at)
      .filter(({ status }) => status === "pending" || status === "running")
      .filter(({ startedAt, startDeadline }) => startedAt === null && isDue(startDeadline, at))
      .map((run) => runItem(run, run.startDeadline)),
    ...stagesOf(tables, at)
      .filter(({ status }) => status === "ready" || status === "blocked")
      .filter(({ startedAt, startDeadline }) => startedAt === null && isDue(startDeadline, at))
      .map((stage) => stageItem(stage, stage.startDeadline)),
  ],
  joinReady: (tables, at) =>
    stagesOf(tables, at)
      .filter(
        ({ status, joinPending, slotKey }) =>
          status === "blocked" && joinPending <= 0 && slotKey === null,
      )
      .filter((stage) => isOfCode(stage, at) && runStatus(tables, stage) === "running")
      .map((stage) => stageItem(stage, stage.createdAt)),
  undispatched: (tables, at) =>
    stagesOf(tables, at)
      .filter(
        ({ status, held, availableAt }) => status === "ready" && !held && isDue(availableAt, at),
      )
      .filter(({ dispatchedAt }) => (dispatchedAt ?? 0) <= at.before)
      .filter((stage) => isLive(runStatus(tables, stage)))
      .map((stage) => stageItem(stage, stage.dispatchedAt ?? stage.availableAt)),
  undelivered: (tables, at) =>
    runsOf(tables, at)
      .filter(({ sinkRev, rev }) => sinkRev !== null && sinkRev < rev)
      .map((run) => runItem(run, run.createdAt)),
  stranded: (tables, at) => [
    ...runsOf(tables, at)
      .filter((run) => isOfCode(run, at) && isStranded(tables, run))
      .map((run) => runItem(run, run.createdAt)),
    ...stagesOf(tables, at)
      .filter((stage) => isOfCode(stage, at) && isOrphan(tables, stage))
      .map((stage) => stageItem(stage, stage.createdAt)),
  ],
  commitsOld: (tables, { before }) =>
    allRows(tables, "commits")
      .filter(({ at }) => at <= before)
      .map(({ commitId, at }) => ({ runId: "", id: commitId, at })),
  tombstones: (tables, { before }) =>
    allRows(tables, "blobTombstones")
      .filter(({ at }) => at <= before)
      .map(({ hash, at }) => ({ runId: "", id: hash, at })),
};

/** What a sweep is made of. */
export interface SweepParts {
  readonly kinds: Sweeps;
  readonly order: (a: Found, b: Found) => number;
  readonly limit: (request: SweepRequest) => number;
}

export const sweepParts: SweepParts = {
  kinds,
  order: (a, b) => a.at - b.at || byText(JSON.stringify(a), JSON.stringify(b)),
  limit: ({ limit }) => limit,
};

/** What needs attention of each kind asked for, oldest first and bounded. Changes nothing. */
export function sweepTables(
  parts: SweepParts,
  tables: Tables,
  { request, dbNow }: { readonly request: SweepRequest; readonly dbNow: number },
): SweepReport {
  const { namespace, definitions, olderThanMs = 0 } = request;
  const at: SweepAt = { namespace, dbNow, before: dbNow - olderThanMs, definitions };
  const items = request.kinds.flatMap((kind) =>
    parts.kinds[kind](tables, at)
      .toSorted(parts.order)
      .slice(0, parts.limit(request))
      .map((found) => ({ kind, ...found })),
  );
  return { items, dbNow };
}
