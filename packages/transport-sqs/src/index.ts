export { SqsTransportError, TransportClosedError } from "./errors.ts";
export { bodyOfMessage } from "./message.ts";
export type { SqsTransportOptions } from "./sqs-options.ts";
export { createSqsTransport } from "./sqs-transport.ts";
