export { TransportClosedError } from "./errors.ts";
export type { TransportFaults } from "./faults.ts";
export { createMemoryTransport, type MemoryTransportOptions } from "./memory-transport.ts";
