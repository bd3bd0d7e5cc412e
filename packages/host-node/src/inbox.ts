import type { Clock, Delivery, JobTransport, Logger } from "@pawl/kernel/ports";

export interface InboxParts {
  readonly transport: JobTransport;
  readonly workerId: string;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonic">;
}

const REST_MS = 5_000;
const REST_MS_MAX = 60_000;

/** What one transport delivers to this worker. */
export class Inbox {
  readonly #parts: InboxParts;
  #failures = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Deliveries that one call may bring. */
  get most(): number {
    return this.#parts.transport.capabilities.maxBatch;
  }

  /** It failed lately, and may be long in failing again: others are served meanwhile. */
  get rests(): boolean {
    return this.#parts.clock.monotonic() < this.#restsUntil;
  }

  async take(limit: number, waitMs: number): Promise<readonly Delivery[]> {
    const { transport, workerId, clock } = this.#parts;
    try {
      const deliveries = await transport.dequeue({ workerId, limit, waitMs });
      this.#failures = 0;
      return deliveries;
    } catch (error) {
      const restMs = Math.min(REST_MS * 2 ** this.#failures++, REST_MS_MAX);
      this.#restsUntil = clock.monotonic() + restMs;
      throw error;
    }
  }

  /** A failure costs a delivery that turns out to be a ghost. */
  async ack(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { transport, logger } = this.#parts;
    const receipts = deliveries.map(({ receipt }) => receipt);
    await transport.ack(receipts).catch((error: unknown) => {
      logger.log("warn", "jobs could not be acknowledged", { count: receipts.length, error });
    });
  }

  /** A failure costs time: the transport delivers it again by itself. */
  async giveBack({ receipt }: Delivery, delayMs: number): Promise<void> {
    const { transport, logger } = this.#parts;
    await transport.nack(receipt, { delayMs }).catch((error: unknown) => {
      logger.log("warn", "a job could not be given back", { error });
    });
  }
}
