import type { Operator } from "../decide/audit.ts";
import { decideRedelivered } from "../decide/redeliver-event.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { EventRow } from "../state/event.ts";
import type { DeadLetterRow } from "../state/records.ts";
import { deliveryOf } from "./flush-outbox.ts";

/**
 * Hands the event of a letter to the sink again, under the same delivery id; the letter is dealt
 * with once the sink took it. True when it did, false when somebody was faster.
 *
 * @throws EngineError E_DELIVERY_REFUSED, E_STATE_INVALID without a sink, E_ROW_UNKNOWN
 */
export async function redeliverEvent(
  engine: Engine,
  letter: DeadLetterRow,
  operator: Operator,
): Promise<boolean> {
  if (letter.resolvedAt !== null) return false;
  const sink = engine.eventSink;
  if (!sink) {
    throw new EngineError(
      "E_STATE_INVALID",
      `Dead letter ${letter.id} is about an event, and this process has no event sink. Replay ` +
        "it where there is one, or discard it with deadletter.discard.",
      { details: { id: letter.id } },
    );
  }
  const event = await eventOf(engine, letter);
  try {
    await sink.emit([deliveryOf(event)]);
  } catch (cause) {
    throw new EngineError(
      "E_DELIVERY_REFUSED",
      `The event sink refused event ${event.rev} of run ${event.runId} again, so dead letter ` +
        `${letter.id} stays. Mend the sink and replay it, or discard it with deadletter.discard.`,
      { cause, details: { id: letter.id, workflowRunId: event.runId, rev: event.rev } },
    );
  }
  return (await engine.commits.commit(decideRedelivered(letter, operator))).ok;
}

async function eventOf(engine: Engine, { id, runId, rev }: DeadLetterRow): Promise<EventRow> {
  const place = { runId: runId ?? "", rev: rev ?? 0 };
  const event = await engine.persistence.query.get("events", place);
  if (event) return event;
  throw new EngineError("E_ROW_UNKNOWN", `The event of dead letter ${id} is not there any more.`, {
    details: { id, ...place },
  });
}
