import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FreshDatabase } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prismaClient } from "../src/index.ts";
import { migratedDatabase, migratedFile } from "./migrated-databases.ts";

const NOW = 1_700_000_000_000;
const DEAD_LETTER = {
  id: "a",
  namespace: "shop",
  kind: "run",
  version: 3,
  reason: "no stock",
  failure: '{"message":"no stock"}',
  createdAt: NOW,
};
const READ = { id: "a", failure: DEAD_LETTER.failure, runId: null };

describe("a user's Prisma client on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-prisma-"));
  const path = join(folder, "pawl.db");
  beforeAll(async () => {
    await migratedFile(path);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("reads our tables through the model API", async () => {
    const PrismaClient = await prismaClient("sqlite");
    const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${path}` }) });
    await prisma.pawlDeadLetter.create({ data: DEAD_LETTER });
    const found = await prisma.pawlDeadLetter.findUnique({ where: { id: "a" } });
    expect(found).toMatchObject({ ...READ, version: 3, createdAt: BigInt(NOW) });
    expect(await prisma.pawlMigration.count()).toBeGreaterThan(0);
    await prisma.$disconnect();
  });
});

describeOn("a user's Prisma client on PostgreSQL", await postgres(), (server) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await migratedDatabase(server);
  });
  afterAll(() => database.drop());

  test("reads our tables through the model API", async () => {
    const PrismaClient = await prismaClient("postgresql");
    const adapter = new PrismaPg({ connectionString: database.url });
    const prisma = new PrismaClient({ adapter });
    await prisma.pawlDeadLetter.create({ data: DEAD_LETTER });
    const found = await prisma.pawlDeadLetter.findUnique({ where: { id: "a" } });
    expect(found).toMatchObject({ ...READ, version: 3n, createdAt: BigInt(NOW) });
    expect(await prisma.pawlMigration.count()).toBeGreaterThan(0);
    await prisma.$disconnect();
  });
});

describeOn("a user's Prisma client on MariaDB", await mariadb(), (server) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await migratedDatabase(server);
  });
  afterAll(() => database.drop());

  test("reads our tables through the model API", async () => {
    const PrismaClient = await prismaClient("mysql");
    const prisma = new PrismaClient({ adapter: new PrismaMariaDb(database.url) });
    await prisma.pawlDeadLetter.create({ data: DEAD_LETTER });
    const found = await prisma.pawlDeadLetter.findUnique({ where: { id: "a" } });
    expect(found).toMatchObject({ ...READ, version: 3n, createdAt: BigInt(NOW) });
    expect(await prisma.pawlMigration.count()).toBeGreaterThan(0);
    await prisma.$disconnect();
  });
});
