export type { PrismaPersistenceOptions, PrismaProvider } from "./options.ts";
export type {
  PrismaClientLike,
  PrismaStatements,
  PrismaTransactionOptions,
} from "./prisma-client.ts";
export { createPrismaPersistence } from "./prisma-persistence.ts";
