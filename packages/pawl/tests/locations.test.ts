import { join, resolve } from "node:path";
import type { Logger } from "@pawl/kernel/ports";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { defineWorkflow, type Environment } from "../src/index.ts";
import { locate, migratesServer } from "../src/locations.ts";
import { assertNodeVersion } from "../src/node-version.ts";
import { temporaryApps } from "./apps.ts";

const nothing = { directory: undefined, databasePath: undefined };

it.each<[string, Environment, string, string]>([
  ["nothing", {}, ".pawl/pawl.db", ".pawl/blobs"],
  ["a plain path", { PAWL_DATABASE_URL: "data/x.db" }, "data/x.db", "data/x.db-blobs"],
  ["a relative file URL", { DATABASE_URL: "file:./dev.db" }, "dev.db", "dev.db-blobs"],
  ["its query left out", { DATABASE_URL: "file:dev.db?timeout=5" }, "dev.db", "dev.db-blobs"],
  [
    "an absolute file URL",
    { DATABASE_URL: "file:///tmp/a%20b.db" },
    "/tmp/a b.db",
    "/tmp/a b.db-blobs",
  ],
  [
    "its own variable first",
    { PAWL_DATABASE_URL: "file:a.db", DATABASE_URL: "postgres://db" },
    "a.db",
    "a.db-blobs",
  ],
  ["a folder for blobs", { PAWL_BLOB_URL: "file:./files" }, ".pawl/pawl.db", "files"],
  ["empty variables", { DATABASE_URL: "", PAWL_QUEUE_URL: "" }, ".pawl/pawl.db", ".pawl/blobs"],
])("the environment says where state lives: %s", (_, environment, database, blobs) => {
  expect(locate(nothing, environment)).toEqual({
    database: { kind: "sqlite", path: resolve(database) },
    blobDirectory: resolve(blobs),
  });
});

it("what the program says goes before the environment", () => {
  const environment = { PAWL_DATABASE_URL: "postgres://db" };
  expect(locate({ directory: "d", databasePath: "x.db" }, environment)).toEqual({
    database: { kind: "sqlite", path: resolve("x.db") },
    blobDirectory: resolve("d/blobs"),
  });
});

it.each([
  ["postgres://u:secret@db/x", "postgres"],
  ["postgresql://u:secret@db/x", "postgres"],
  ["mysql://u:secret@db/x", "mysql"],
  ["mariadb://u:secret@db/x", "mysql"],
])("a server is known by its URL, and wants to be told where blobs lie: %s", (url, kind) => {
  const blobs = { PAWL_BLOB_URL: "file:./blobs" };
  const places = { database: { kind, url }, blobDirectory: resolve("blobs") };
  expect(locate(nothing, { DATABASE_URL: url, ...blobs })).toEqual(places);
  const given = { ...nothing, directory: "here" };
  const here = { ...places, blobDirectory: resolve("here/blobs") };
  expect(locate(given, { PAWL_DATABASE_URL: url })).toEqual(here);
  const locating = () => locate(nothing, { PAWL_DATABASE_URL: url });
  expect(locating).toThrow(expect.objectContaining({ code: "E_CONFIG_INVALID" }));
  expect(locating).toThrow("PAWL_BLOB_URL");
  expect(locating).not.toThrow("secret");
});

it.each<[Environment, string]>([
  [{ PAWL_DATABASE_URL: "mongodb://u:secret@db/x" }, "SQLite, Postgres, MySQL or MariaDB"],
  [{ DATABASE_URL: "sqlserver://u:secret@db/x" }, "a sqlserver: URL"],
  [{ PAWL_QUEUE_URL: "redis://:secret@queue" }, "PAWL_QUEUE_URL"],
  [{ PAWL_BLOB_URL: "s3://secret" }, "PAWL_BLOB_URL"],
  [{ PAWL_BLOB_URL: "secret/folder" }, "PAWL_BLOB_URL"],
])(
  "what this version can't do is said, without the secrets of the URL: %o",
  (environment, says) => {
    const locating = () => locate(nothing, environment);
    expect(locating).toThrow(expect.objectContaining({ code: "E_UNSUPPORTED" }));
    expect(locating).toThrow(says);
    expect(locating).not.toThrow("secret");
  },
);

it("a file URL without a file is refused", () => {
  const locating = () => locate(nothing, { DATABASE_URL: "file://host/x.db" });
  expect(locating).toThrow(expect.objectContaining({ code: "E_CONFIG_INVALID" }));
  expect(() => locate(nothing, { DATABASE_URL: "file:" })).toThrow("names no file");
});

it.each(["nonsense", "app_db", "secret-db"])("a bare word is no place: %s", (word) => {
  const locating = () => locate(nothing, { PAWL_DATABASE_URL: word });
  expect(locating).toThrow(expect.objectContaining({ code: "E_CONFIG_INVALID" }));
  expect(locating).toThrow(`for a file write ./${word} or file:./${word}`);
});

it("a scheme is named with its article", () => {
  const locating = () => locate(nothing, { DATABASE_URL: "app:x" });
  expect(locating).toThrow("DATABASE_URL is an app: URL");
});

it.each([
  [undefined, false],
  ["", false],
  ["auto", true],
])("PAWL_MIGRATE %j is understood", (said, migrates) => {
  expect(migratesServer({ PAWL_MIGRATE: said })).toBe(migrates);
});

it.each(["yes", "AUTO", "true", "1"])("PAWL_MIGRATE %j is refused, also on files", async (said) => {
  const apps = await temporaryApps();
  await expect(apps.open([], { environment: { PAWL_MIGRATE: said } })).rejects.toMatchObject({
    code: "E_CONFIG_INVALID",
    message: expect.stringContaining(`PAWL_MIGRATE is "${said}": set it to auto, or leave it`),
  });
  await apps.remove();
});

it("an app says at level info what tables it created, and where, and then nothing", async () => {
  const apps = await temporaryApps();
  const lines: unknown[] = [];
  const logger: Logger = {
    log: (level, message, facts) => void (level === "info" && lines.push([message, facts.place])),
  };
  await apps.open([], { logger, worker: false });
  await apps.open([], { logger, worker: false });
  expect(lines).toEqual([["tables were created", join(apps.directory, "pawl.db")]]);
  await apps.remove();
});

it("tables of a project's own file are left alone, and a prefix keeps both apart", async () => {
  const apps = await temporaryApps();
  const path = join(apps.directory, "dev.db");
  const own = new Database(path);
  own.exec("CREATE TABLE events (id)");
  own.close();
  const environment = { DATABASE_URL: `file:${path}` };
  await expect(apps.open([], { environment })).rejects.toMatchObject({
    code: "E_SCHEMA_TAKEN",
    details: { tables: ["events"] },
  });
  const hello = defineWorkflow({ id: "hello", run: async () => "hello" });
  const app = await apps.open([hello], { environment, tablePrefix: "pawl_" });
  expect(await (await app.start(hello)).result()).toBe("hello");
  await expect(apps.open([], { schema: "x" })).rejects.toMatchObject({
    code: "E_ARGUMENT_INVALID",
    message: expect.stringContaining('Option "schema" of pawl is "x", which only PostgreSQL has'),
  });
  await apps.remove();
});

it("an app opens the database that the environment names", async () => {
  const apps = await temporaryApps();
  const hello = defineWorkflow({ id: "hello", run: async () => "hello" });
  const environment = { PAWL_DATABASE_URL: `file:${join(apps.directory, "own", "my.db")}` };
  const app = await apps.open([hello], { environment });
  const run = await app.start(hello, undefined);
  const reader = await apps.open([hello], {
    worker: false,
    databasePath: join(apps.directory, "own", "my.db"),
  });
  expect(await reader.run(run.id).result()).toBe("hello");
  await apps.remove();
});

it.each(["20.19.2", "22.11.0", "18.0.0"])("Node %s is too old, and is told so", (version) => {
  expect(() => assertNodeVersion(version)).toThrow(
    expect.objectContaining({ code: "E_RUNTIME_TOO_OLD" }),
  );
});

it.each(["22.12.0", "24.21.0", "23.0.0"])("Node %s will do", (version) => {
  expect(() => assertNodeVersion(version)).not.toThrow();
});
