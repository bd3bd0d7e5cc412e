import { draft } from "../decide/draft.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { findDue, forEachDue } from "../engine/sweep.ts";
import type { EventRow } from "../state/event.ts";

const EVENTS_PER_CALL = 200;

/** Hands events that the sink has not seen to it, in `rev` order per run. */
export async function flushOutbox(
  engine: Engine,
  { limit }: Commands["outbox.flush"][0],
): Promise<{ flushed: number }> {
  if (!engine.eventSink) return { flushed: 0 };
  const behind = await findDue(engine, ["undelivered"], { limit });
  let flushed = 0;
  await forEachDue(engine, behind, async ({ runId }) => {
    const events = await flushRun(engine, runId);
    flushed += events;
    return true;
  });
  return { flushed };
}

/** Hands one run's next events to the sink and moves its cursor behind them. */
export async function flushRun(engine: Engine, runId: string): Promise<number> {
  const sink = engine.eventSink;
  const run = await engine.persistence.query.get("runs", { id: runId });
  if (!sink || !run || run.sinkRev === null) return 0;
  const events = await engine.persistence.query.find({
    table: "events",
    where: { runId, rev: { gt: run.sinkRev } },
    orderBy: ["rev"],
    limit: EVENTS_PER_CALL,
  });
  const last = events.at(-1);
  if (!last) return 0;
  await sink.emit(events.map((event) => ({ deliveryId: deliveryId(event), event })));
  await moveCursor(engine, { runId, from: run.sinkRev, to: last.rev });
  return events.length;
}

interface CursorMove {
  readonly runId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The commit's id names the position that it leaves: of two flushers at one position the second
 * is answered as replayed and moves nothing, so the cursor never steps back.
 */
const moveCursor = (engine: Engine, { runId, from, to }: CursorMove): Promise<unknown> =>
  engine.commits.commit(
    draft({
      commitId: `sink/${runId}/${from}`,
      writes: [{ op: "update", table: "runs", key: { id: runId }, set: { sinkRev: to } }],
    }),
  );

/** The same at every redelivery of this event. */
const deliveryId = (event: EventRow): string => `${event.runId}:${event.rev}`;
