import type { EventRow } from "../state/event.ts";

/** An event on its way out. `deliveryId` is the same at every redelivery. */
export interface EventDelivery {
  readonly deliveryId: string;
  readonly event: EventRow;
}

/**
 * Takes ledger events out of the engine.
 *
 * - Called at least once per event, in `rev` order per run.
 * - A rejection leaves the events undelivered; they come again. One rejected too often is passed
 *   over, and comes later than those behind it when an operator replays its dead letter.
 */
export interface EventSink {
  emit(deliveries: readonly EventDelivery[]): Promise<void>;
}
