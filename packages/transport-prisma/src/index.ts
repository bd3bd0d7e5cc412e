export { ColocatedTransportError } from "@pawl/transport-sql";
export { createPrismaTransport } from "./prisma-transport.ts";
