import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PersistenceUnavailableError } from "@pawl/kernel";
import { planOf, runOf } from "@pawl/test-parts/plans";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSqlitePersistence, type SchemaChange } from "../src/index.ts";
import { openSqlite } from "../src/sqlite/open.ts";
import { sqlitePersistence } from "../src/sqlite/persistence.ts";
import { runProcess } from "./run-process.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const NOBODY = 65_534;

let store: TemporaryStore;
beforeEach(() => {
  store = temporaryStore();
});
afterEach(() => store.remove());

describe("opening", () => {
  test("makes the file and the folders above it", async () => {
    const path = join(store.folder, "a", "b", "pawl.db");
    await store.open({ path });
    expect(existsSync(path)).toBe(true);
  });

  test("says that a folder can't be made where a file is in the way", async () => {
    writeFileSync(join(store.folder, "file"), "");
    const open = store.open({ path: join(store.folder, "file", "pawl.db") });
    await expect(open).rejects.toBeInstanceOf(PersistenceUnavailableError);
    await expect(open).rejects.toThrow(
      `the folder ${join(store.folder, "file")} can't be made (EEXIST): a file is in the way`,
    );
    const below = store.open({ path: join(store.folder, "file", "deep", "pawl.db") });
    await expect(below).rejects.toThrow("(ENOTDIR): a file is in the way; move it away");
  });

  // because only Linux has a folder that exists and in which nothing can be made by anybody
  test.skipIf(process.platform !== "linux").each(["/proc/pawl", "/proc/pawl/deep"])(
    "says that nothing can be made in %s",
    async (folder) => {
      const open = store.open({ path: join(folder, "pawl.db") });
      await expect(open).rejects.toMatchObject({
        code: "E_PERSISTENCE_UNAVAILABLE",
        message: expect.stringMatching(/\/proc\/pawl.*choose another folder/),
      });
    },
  );

  test("says that a folder is no database", async () => {
    mkdirSync(store.path);
    const open = store.open();
    await expect(open).rejects.toBeInstanceOf(PersistenceUnavailableError);
    await expect(open).rejects.toThrow(store.path);
  });

  test.each(["", "file:pawl.db", " pawl.db"])("refuses %j as a path", async (path) => {
    await expect(store.open({ path })).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
  });

  test.each([-1, 51, 1.5])("refuses to block the thread for %d ms", async (busyTimeoutMs) => {
    await expect(store.open({ busyTimeoutMs })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
    });
  });

  test("refuses a prefix that is not allowed before it makes a file", async () => {
    const open = store.open({ tablePrefix: 'x"; --' });
    await expect(open).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
    expect(existsSync(store.path)).toBe(false);
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["no options", undefined, "takes an object of options; undefined was given"],
    ["no path", {}, 'needs the option "path", text'],
    ["a name that is misspelt", { path: "x", tabelPrefix: "a_" }, 'Did you mean "tablePrefix"?'],
    ["another synchronous", { path: "x", synchronous: "OFF" }, 'give "FULL" or "NORMAL"'],
    ["a time that is none", { path: "x", lockTimeoutMs: Number.NaN }, "lockTimeoutMs"],
    ["a text for a truth", { path: "x", migrate: "yes" }, 'is "yes"; give true or false'],
  ];

  test.each(wrong)("refuses %s at once and by name", async (_, options, says) => {
    await expect(createSqlitePersistence(options as never)).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining(says),
    });
  });

  test("tells once that it made tables, and where", async () => {
    const told: SchemaChange[] = [];
    const migrated = (change: SchemaChange) => told.push(change);
    await store.open({ migrated });
    await store.open({ migrated });
    expect(told).toHaveLength(1);
    expect(told[0]?.place).toBe(store.path);
    expect(told[0]?.applied[0]).toMatchObject({ number: 1, name: "first" });
  });

  test("keeps the write-ahead log and syncs fully unless told otherwise", async () => {
    const { connection } = await openSqlite({ path: store.path });
    expect(connection.database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(connection.database.pragma("synchronous", { simple: true })).toBe(2);
    await connection.close();
    const normal = await openSqlite({ path: store.path, synchronous: "NORMAL" });
    expect(normal.connection.database.pragma("synchronous", { simple: true })).toBe(1);
    await normal.connection.close();
  });
});

describe("without write permission", () => {
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const code = "E_DATABASE_READ_ONLY";

  test("on the file, opening says so and nothing is lost [B11]", async () => {
    const persistence = await store.open();
    await persistence.commit(planOf({ writes: [runOf("kept")] }));
    await persistence.close();
    chmodSync(store.folder, 0o777);
    chmodSync(store.path, 0o444);
    const { error } = await runProcess("open-file", [store.path], user);
    expect(error).toMatchObject({ name: "PersistenceUnavailableError", code });
    expect(error?.message).toContain(store.path);
    chmodSync(store.path, 0o666);
    expect(await runProcess("open-file", [store.path, "more"], user)).toEqual({ value: true });
    const reopened = await store.open();
    expect(await reopened.query.count("runs", {}, 10)).toBe(2);
  });

  test("on the folder, opening says so", async () => {
    chmodSync(store.folder, 0o555);
    const inside = await runProcess("open-file", [store.path], user);
    expect(inside.error).toMatchObject({ name: "PersistenceUnavailableError", code });
    const below = await runProcess("open-file", [join(store.folder, "new", "pawl.db")], user);
    expect(below.error).toMatchObject({ name: "PersistenceUnavailableError", code });
    chmodSync(store.folder, 0o777);
  });

  test("given back while open, writing says so and reading goes on", async () => {
    const opened = await openSqlite({ path: store.path });
    const persistence = sqlitePersistence(opened);
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    opened.connection.database.pragma("query_only = ON");
    const commit = persistence.commit(planOf({ writes: [runOf("other")] }));
    await expect(commit).rejects.toMatchObject({ code });
    expect((await persistence.load("run", {}))?.run.id).toBe("run");
    await persistence.close();
  });
});
