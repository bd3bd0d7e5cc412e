export type { BullmqTransportOptions } from "./bullmq-options.ts";
export { createBullmqTransport } from "./bullmq-transport.ts";
export { TransportClosedError, TransportUnavailableError } from "./errors.ts";
