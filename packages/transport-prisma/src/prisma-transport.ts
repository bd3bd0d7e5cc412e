import type { JobTransport } from "@pawl/kernel/ports";
import { createSqlTransport } from "@pawl/transport-sql";

/**
 * The queue inside the database of a PrismaClient: a ready stage row is its own job, as it is for
 * every persistence on SQL, so this is the transport of `@pawl/transport-sql` under a name that
 * belongs to `@pawl/persistence-prisma`.
 */
export const createPrismaTransport = (): JobTransport => createSqlTransport();
