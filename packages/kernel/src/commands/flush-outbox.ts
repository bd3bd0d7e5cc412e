import { decideDelivered, decideUndeliverable } from "../decide/flush-outbox.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { findDue, tendDue } from "../engine/sweep.ts";
import type { EventDelivery } from "../ports/event-sink.ts";
import type { EventRow } from "../state/event.ts";
import { toFailure } from "../state/failure.ts";

const EVENTS_PER_CALL = 200;

/** Hands events that the sink has not seen to it, in `rev` order per run. */
export async function flushOutbox(
  engine: Engine,
  { limit }: Commands["outbox.flush"][0],
): Promise<{ flushed: number }> {
  if (!engine.eventSink) return { flushed: 0 };
  const behind = await findDue(engine, ["undelivered"], { limit });
  let flushed = 0;
  await tendDue(engine, behind, async ({ runId }) => {
    const events = await flushRun(engine, runId);
    flushed += events;
    return true;
  });
  return { flushed };
}

/**
 * Hands one run's next events to the sink and moves its cursor behind them. After a refusal they
 * go one by one; an event refused `deliveryAttemptsMax` times becomes a dead letter, and the rest
 * goes on.
 */
export async function flushRun(engine: Engine, runId: string): Promise<number> {
  const sink = engine.eventSink;
  const run = await engine.persistence.query.get("runs", { id: runId });
  if (!sink || !run || run.sinkRev === null) return 0;
  const from = run.sinkRev;
  const next = { runId, rev: from + 1 };
  const events = await engine.persistence.query.find({
    table: "events",
    where: { runId, rev: { gt: from } },
    orderBy: ["rev"],
    limit: engine.deliveryRefusals.of(next) > 0 ? 1 : EVENTS_PER_CALL,
  });
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return 0;
  try {
    await sink.emit(events.map(deliveryOf));
  } catch (error) {
    if (engine.deliveryRefusals.add(next) < engine.limits.deliveryAttemptsMax) throw error;
    await engine.commits.commit(decideUndeliverable(first, letterOf(engine, from, error)));
    engine.deliveryRefusals.forget(runId);
    return 0;
  }
  engine.deliveryRefusals.forget(runId);
  await engine.commits.commit(decideDelivered({ runId, from, to: last.rev }));
  return events.length;
}

/** Hands everything of one run that the sink has not seen to it; throws what the sink throws. */
export async function flushWholeRun(engine: Engine, runId: string): Promise<boolean> {
  for (let flushed = 1; flushed > 0; ) flushed = await flushRun(engine, runId);
  return true;
}

const letterOf = (engine: Engine, from: number, error: unknown) => ({
  from,
  namespace: engine.namespace,
  deadLetterId: engine.ids.newId(),
  failure: toFailure(error),
});

/** Its id is the same at every redelivery of this event. */
export const deliveryOf = (event: EventRow): EventDelivery => ({
  deliveryId: `${event.runId}:${event.rev}`,
  event,
});
