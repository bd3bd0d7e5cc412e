import { PersistenceUnavailableError } from "@pawl/kernel";
import { driverFailureOf } from "./driver-failure.ts";
import type { PrismaProvider } from "./options.ts";
import type { PrismaClientLike } from "./prisma-client.ts";
import { valuesOf } from "./rows.ts";

/** Asks a client which database it speaks to: SQLite alone has no function `version`. */
export async function providerOf(prisma: PrismaClientLike): Promise<PrismaProvider> {
  try {
    const [row] = valuesOf(await prisma.$queryRawUnsafe("SELECT version() AS v"));
    return /^PostgreSQL/.test(String(row?.[0])) ? "postgresql" : "mysql";
  } catch (cause) {
    const message = driverFailureOf(cause)?.message ?? String((cause as Error).message);
    if (/no such function/.test(message)) return "sqlite";
    throw new PersistenceUnavailableError(
      `the database of the given PrismaClient can't be reached: ${message}`,
      { cause },
    );
  }
}
