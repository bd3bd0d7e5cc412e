import type { Delivery, JobTransport, Logger } from "@pawl/kernel/ports";

export interface InboxParts {
  readonly transport: JobTransport;
  readonly workerId: string;
  readonly logger: Logger;
}

/** What one transport delivers to this worker. */
export class Inbox {
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Deliveries that one call may bring. */
  get most(): number {
    return this.#parts.transport.capabilities.maxBatch;
  }

  take(limit: number, waitMs: number): Promise<readonly Delivery[]> {
    const { transport, workerId } = this.#parts;
    return transport.dequeue({ workerId, limit, waitMs });
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
