import type { JobTransport, TransportCapabilities } from "@pawl/kernel/ports";
import { ColocatedTransportError } from "./errors.ts";

const CAPABILITIES: TransportCapabilities = {
  delivery: "pull",
  colocated: true,
  maxDelayMs: Number.POSITIVE_INFINITY,
  maxMessageBytes: Number.POSITIVE_INFINITY,
  maxBatch: Number.POSITIVE_INFINITY,
  priority: true,
};

/**
 * The queue inside the database of the persistence: a ready stage row is its own job, so there is
 * no dispatch and nothing to lose. Hosts see `capabilities.colocated` and claim; `enqueue` and
 * `dequeue` reject with ColocatedTransportError, receipts do not exist and are ignored.
 */
export function createSqlTransport(): JobTransport {
  return {
    capabilities: CAPABILITIES,
    enqueue: async () => {
      throw new ColocatedTransportError("enqueue");
    },
    dequeue: async () => {
      throw new ColocatedTransportError("dequeue");
    },
    ack: async () => {},
    nack: async () => {},
    extend: async () => {},
    close: async () => {},
  };
}
