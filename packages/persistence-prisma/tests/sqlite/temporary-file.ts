import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Persistence } from "@pawl/kernel/ports";
import { prismaClient } from "@pawl/prisma-clients";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import {
  createPrismaPersistence,
  type PrismaClientLike,
  type PrismaPersistenceOptions,
} from "../../src/index.ts";
import { type TestClock, testClock } from "../test-clock.ts";

type TestClient = PrismaClientLike & { $disconnect(): Promise<void> };

/** A file in a folder of its own, with every client and persistence opened, until `remove`. */
export interface TemporaryFile {
  readonly path: string;
  readonly clock: TestClock;
  client(): Promise<TestClient>;
  /** With a client of its own, unless one is given. */
  open(options?: Partial<PrismaPersistenceOptions>): Promise<Persistence>;
  remove(): Promise<void>;
}

export async function temporaryFile(): Promise<TemporaryFile> {
  const folder = mkdtempSync(join(tmpdir(), "pawl-prisma-"));
  const path = join(folder, "app.db");
  const clock = testClock();
  const PrismaClient = await prismaClient("sqlite");
  const clients: TestClient[] = [];
  const opened: Persistence[] = [];
  const client = async (): Promise<TestClient> => {
    const made: TestClient = new PrismaClient({
      adapter: new PrismaBetterSqlite3({ url: `file:${path}`, timeout: 20 }),
    });
    clients.push(made);
    await made.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    await made.$queryRawUnsafe("PRAGMA synchronous = NORMAL");
    return made;
  };
  return {
    path,
    clock,
    client,
    async open(options) {
      const prisma = options?.prisma ?? (await client());
      const persistence = await createPrismaPersistence({
        ...{ clock, migrate: true },
        ...options,
        prisma,
      });
      opened.push(persistence);
      return persistence;
    },
    async remove() {
      for (const persistence of opened) await persistence.close();
      for (const made of clients) await made.$disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
