import type { ObservedCall } from "@pawl/persistence-sql/adapters";
import { translateSqlite } from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike } from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { PrismaCalls } from "./prisma-calls.ts";
import { thrown } from "./work-session.ts";

export interface ConnectOptions {
  readonly prisma: PrismaClientLike;
  readonly tablePrefix?: string;
  readonly statementTimeoutMs: number;
  readonly observe?: (call: ObservedCall) => void;
}

/** Asks the client which file it has open; warns where its log is not the one Pawl is made for. */
export async function connectSqlite(options: ConnectOptions): Promise<PrismaCalls> {
  const { prisma, tablePrefix = "", statementTimeoutMs, observe } = options;
  const path = await fileOf(prisma);
  return new PrismaCalls({ prisma, path, tablePrefix, timeoutMs: statementTimeoutMs, observe });
}

async function fileOf(prisma: PrismaClientLike): Promise<string> {
  const place = "the SQLite file of the given PrismaClient";
  try {
    const asked = thrown(() => prisma.$queryRawUnsafe("PRAGMA database_list"));
    const main = valuesOf(await asked).find(([, name]) => name === "main");
    const path = String(main?.[2] || ":memory:");
    const [mode] = valuesOf(await thrown(() => prisma.$queryRawUnsafe("PRAGMA journal_mode")));
    if (path !== ":memory:" && mode?.[0] !== "wal") warn(path, String(mode?.[0]));
    return path;
  } catch (error) {
    throw translateSqlite(error, place);
  }
}

const warn = (path: string, mode: string): void =>
  process.emitWarning(
    `${path} has journal mode ${mode}: readers and writers wait for each other. ` +
      'Run prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL") once; the file keeps it.',
    { code: "PAWL_SQLITE_NO_WAL" },
  );
