export { type BullmqTransportOptions, createBullmqTransport } from "./bullmq-transport.ts";
export { TransportClosedError, TransportUnavailableError } from "./errors.ts";
