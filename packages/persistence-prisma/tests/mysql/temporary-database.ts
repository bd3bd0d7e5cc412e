import { type Persistence, type RowRef, TABLE_NAMES } from "@pawl/kernel/ports";
import { prismaClient } from "@pawl/prisma-clients";
import { type FreshDatabase, freshDatabase, type Server } from "@pawl/services";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { type Connection, createConnection } from "mariadb";
import {
  createPrismaPersistence,
  type PrismaClientLike,
  type PrismaPersistenceOptions,
} from "../../src/index.ts";
import { snake } from "../snake.ts";
import { type TestClock, testClock } from "../test-clock.ts";

type TestClient = PrismaClientLike & { $disconnect(): Promise<void> };

/** Handles on the database, whose rows go with them. */
export interface TemporaryStore {
  readonly clock: TestClock;
  open(options?: Partial<PrismaPersistenceOptions>): Promise<Persistence>;
  /** Locks a row in a transaction of somebody else. */
  hold(row: RowRef): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** A database of a test file, and a client of it that is set to nothing special. */
export interface TemporaryDatabase {
  readonly url: string;
  readonly prisma: TestClient;
  store(): TemporaryStore;
  drop(): Promise<void>;
}

export async function temporaryDatabase(server: Pick<Server, "url">): Promise<TemporaryDatabase> {
  const database: FreshDatabase = await freshDatabase(server);
  const PrismaClient = await prismaClient("mysql");
  const url = `${database.url}?connectionLimit=8`;
  const prisma: TestClient = new PrismaClient({ adapter: new PrismaMariaDb(url) });
  const admin = await createConnection(database.url);
  const clear = async (): Promise<void> => {
    for (const table of TABLE_NAMES) await admin.query(`DELETE FROM \`${snake(table)}\``);
  };
  return {
    url: database.url,
    prisma,
    store: () => temporaryStore({ url: database.url, prisma, clear }),
    drop: async () => {
      await prisma.$disconnect();
      await admin.end();
      await database.drop();
    },
  };
}

interface Parts {
  readonly url: string;
  readonly prisma: TestClient;
  clear(): Promise<void>;
}

function temporaryStore({ url, prisma, clear }: Parts): TemporaryStore {
  const clock = testClock();
  const opened: Persistence[] = [];
  const held = new Set<Connection>();
  return {
    clock,
    async open(options) {
      const given = { prisma, clock, migrate: true, ...options };
      const persistence = await createPrismaPersistence(given);
      opened.push(persistence);
      return persistence;
    },
    async hold({ table, key }) {
      const connection = await createConnection(url);
      held.add(connection);
      const columns = Object.keys(key).map((field) => `\`${snake(field)}\` = ?`);
      await connection.beginTransaction();
      await connection.query(
        `SELECT 1 FROM \`${snake(table)}\` WHERE ${columns.join(" AND ")} FOR UPDATE`,
        Object.values(key),
      );
      return async () => {
        held.delete(connection);
        // A server that is told of an end lets the locks go some time after it.
        await connection.rollback();
        await connection.end();
      };
    },
    async remove() {
      for (const connection of held) await connection.end();
      for (const persistence of opened) await persistence.close();
      await clear();
    },
  };
}
