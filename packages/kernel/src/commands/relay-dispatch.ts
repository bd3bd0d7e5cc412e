import { isRejection, SETTLED } from "../decide/draft.ts";
import { decideRedispatchStage } from "../decide/redispatch-stage.ts";
import { decidePostponeDispatch, sendAgainAt } from "../decide/relay-dispatch.ts";
import type { Commands, DispatchRelayed } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { sweepDue, tendDue } from "../engine/sweep.ts";
import type { SweepItem } from "../ports/persistence.ts";
import type { DispatchRow } from "../state/dispatch.ts";
import { type StageKey, stageKeyText } from "../state/ids.ts";
import type { StageFacts } from "../state/stage.ts";
import type { EpochMs, TimeValue } from "../state/time.ts";

/** What is taken is this relay's for so long; should it die, another takes it then. */
const HIDDEN_MS = 30_000;
const NOTHING: DispatchRelayed = { sent: 0, failed: 0, redispatched: 0 };

/**
 * Hands jobs to the transport that were not handed over with their commit, and dispatches again
 * what nobody has claimed for long. On a colocated transport there is nothing to do.
 */
export async function relayDispatch(
  engine: Engine,
  { limit = engine.limits.sweepRows }: Commands["dispatch.relay"][0],
): Promise<DispatchRelayed> {
  const { dispatcher, persistence, namespace } = engine;
  if (!dispatcher.dispatches) return NOTHING;
  const redispatched = await redispatch(engine, limit);
  const request = { namespace, limit, visibleAfterMs: HIDDEN_MS };
  const rows = await persistence.takeDispatch(request);
  const isNear = (row: DispatchRow): boolean =>
    row.notBefore - takenAt(row) <= dispatcher.maxDelayMs;
  const near = rows.filter(isNear);
  const failed = await dispatcher.send(near.map((row) => dispatcher.due(row, takenAt(row))));
  const { ids } = engine;
  await Promise.all([
    ...failed.map((row) => postpone(engine, row, sendAgainAt(row.tries, ids.random()))),
    ...rows
      .filter((row) => !isNear(row))
      .map((row) => postpone(engine, row, row.notBefore - dispatcher.maxDelayMs)),
  ]);
  return { sent: near.length - failed.length, failed: failed.length, redispatched };
}

/** By database time. */
const takenAt = ({ visibleAt }: DispatchRow): EpochMs => visibleAt - HIDDEN_MS;

/** One that has been acknowledged meanwhile is gone, which is as well. */
const postpone = ({ commits, ids }: Engine, row: DispatchRow, visibleAt: TimeValue) =>
  commits.commit(decidePostponeDispatch(row, { commitId: ids.newId(), visibleAt }));

async function redispatch(engine: Engine, limit: number): Promise<number> {
  const { redispatchMs } = engine.limits;
  const wanted = { limit, olderThanMs: redispatchMs };
  const { items, dbNow } = await sweepDue(engine, ["undispatched"], wanted);
  const rows = await stagesOf(engine, items);
  const { maxDelayMs } = engine.dispatcher;
  return tendDue(engine, items, async ({ stage }) => {
    const row = stage && rows.get(stageKeyText(stage));
    if (!row) return false;
    const commitId = engine.ids.newId();
    const plan = decideRedispatchStage(row, { commitId, maxDelayMs, redispatchMs, dbNow });
    if (plan === SETTLED || isRejection(plan)) return false;
    return (await engine.commits.commit(plan)).ok;
  });
}

/** The rows that a sweep has named, read at once. */
async function stagesOf(
  { persistence }: Engine,
  items: readonly SweepItem[],
): Promise<ReadonlyMap<string, StageFacts>> {
  const keys = items.flatMap(({ stage }) => (stage ? [stage] : []));
  if (keys.length === 0) return new Map();
  const oneOf = <C extends keyof StageKey>(column: C) => ({
    in: [...new Set(keys.map((key) => key[column]))],
  });
  const rows = await persistence.query.find({
    table: "stages",
    where: {
      runId: oneOf("runId"),
      stageId: oneOf("stageId"),
      mapIndex: oneOf("mapIndex"),
      status: "ready",
      held: false,
      superseded: false,
    },
    limit: 1_000,
  });
  return new Map(rows.map((row) => [stageKeyText(row), row]));
}
