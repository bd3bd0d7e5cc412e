export { ColocatedTransportError } from "./errors.ts";
export { createSqlTransport } from "./sql-transport.ts";
