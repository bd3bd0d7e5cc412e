import { eventOf, planOf, runOf } from "@pawl/test-parts/plans";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type TemporaryFile, temporaryFile } from "./temporary-file.ts";

let file: TemporaryFile;
beforeEach(async () => {
  file = await temporaryFile();
});
afterEach(() => file.remove());

const start = (id: string) => planOf({ writes: [runOf(id, { rev: 1 })], events: [eventOf(id)] });

test("what Pawl commits stays when a transaction of the same client is rolled back", async () => {
  const prisma = await file.client();
  const persistence = await file.open({ prisma });
  let committed: Promise<unknown> = Promise.resolve();
  const rolledBack = prisma.$transaction(async (transaction) => {
    await transaction.$executeRawUnsafe("CREATE TABLE orders (id INTEGER)");
    committed = persistence.commit(start("run"));
    throw new Error("no order");
  });
  await expect(rolledBack).rejects.toThrow("no order");
  await expect(committed).resolves.toMatchObject({ ok: true });
  expect(await persistence.query.count("runs", {}, 9)).toBe(1);
});

test("two clients of one file write in turn", async () => {
  const [one, two] = [await file.open(), await file.open()];
  const ids = Array.from({ length: 20 }, (_, i) => `run ${i}`);
  const results = await Promise.all(
    ids.map((id, i) => (i % 2 === 0 ? one : two).commit(start(id))),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(await one.query.count("runs", {}, 99)).toBe(20);
});

test("a lock of another process is waited for, and told of when it stays", async () => {
  const persistence = await file.open({ statementTimeoutMs: 100 });
  const foreign = new Database(file.path);
  foreign.exec("BEGIN IMMEDIATE");
  await expect(persistence.commit(start("run"))).rejects.toMatchObject({
    code: "E_DATABASE_LOCKED",
  });
  foreign.exec("COMMIT");
  foreign.close();
  expect(await persistence.commit(start("run"))).toMatchObject({ ok: true });
});

test("a file without a write-ahead log is used, with a warning", async () => {
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const prisma = await file.client();
  await prisma.$queryRawUnsafe("PRAGMA journal_mode = DELETE");
  await file.open({ prisma });
  expect(warned).toHaveBeenCalledWith(expect.stringContaining("journal mode delete"), {
    code: "PAWL_SQLITE_NO_WAL",
  });
  warned.mockRestore();
});

test("a file is migrated when told to, and not otherwise", async () => {
  const opening = file.open({ migrate: false });
  await expect(opening).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
  await (await file.open()).close();
  await expect(file.open({ migrate: false })).resolves.toBeDefined();
});
