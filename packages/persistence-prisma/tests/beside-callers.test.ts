import type { Persistence } from "@pawl/kernel/ports";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { planOf, runOf } from "@pawl/test-parts/plans";
import { afterEach, expect, it } from "vitest";
import type { PrismaClientLike, PrismaStatements } from "../src/index.ts";
import { beginTransaction } from "./callers-transaction.ts";
import { temporaryDatabase as onMysql } from "./mysql/temporary-database.ts";
import { temporaryDatabase as onPostgres } from "./postgres/temporary-database.ts";

interface Place {
  readonly prisma: PrismaClientLike;
  readonly persistence: Persistence;
}

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

/** What a caller writes while a plan is refused beside it, at any moment of that. */
function keepsWhatIsWritten(place: () => Promise<Place>): void {
  it.each([0, 1, 2, 3, 4, 6, 8, 10, 14, 20])("%i turns after a plan was given", async (after) => {
    const { prisma, persistence } = await place();
    await prisma.$executeRawUnsafe("CREATE TABLE orders (id int)");
    await persistence.commit(planOf({ writes: [runOf("there")] }));
    const caller = await beginTransaction(prisma);
    const transaction = caller.transaction as PrismaStatements;
    const twice = planOf({ writes: [runOf("there")] });
    const committing = persistence.bind?.(transaction).commit(twice);
    for (let at = 0; at < after; at += 1) await new Promise((next) => setImmediate(next));
    await transaction.$executeRawUnsafe("INSERT INTO orders VALUES (1)");
    expect(await committing).toMatchObject({ ok: false, why: "exists" });
    await caller.commit();
    expect(await prisma.$queryRawUnsafe("SELECT id FROM orders")).toHaveLength(1);
  });
}

describeOn("Prisma on PostgreSQL keeps what a caller writes [147]", await postgres(), (server) => {
  keepsWhatIsWritten(async () => {
    const database = await onPostgres(server);
    ended.push(() => database.drop());
    const schema = database.schema();
    ended.push(() => schema.remove());
    return { prisma: database.prisma, persistence: await schema.open() };
  });
});

describeOn("Prisma on MariaDB keeps what a caller writes [147]", await mariadb(), (server) => {
  keepsWhatIsWritten(async () => {
    const database = await onMysql(server);
    ended.push(() => database.drop());
    const store = database.store();
    ended.push(() => store.remove());
    return { prisma: database.prisma, persistence: await store.open() };
  });
});
