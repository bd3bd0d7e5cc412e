import { join, resolve } from "node:path";
import type { Logger } from "@pawl/kernel/ports";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { defineWorkflow, type Environment } from "../src/index.ts";
import { loadAdapter } from "../src/load-adapter.ts";
import { locate, locateBlobs, migratesServer } from "../src/locations.ts";
import { assertNodeVersion } from "../src/node-version.ts";
import { openTransports } from "../src/open-transports.ts";
import { type QueuePlace, queuePlaces } from "../src/queue-places.ts";
import { temporaryApps } from "./apps.ts";

const nothing = { directory: undefined, databasePath: undefined };

const locateAll = (environment: Environment) => [
  locate(nothing, environment),
  locateBlobs(nothing, environment),
  queuePlaces(environment.PAWL_QUEUE_URL),
];

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
  expect(locate(nothing, environment)).toEqual({ kind: "sqlite", path: resolve(database) });
  expect(locateBlobs(nothing, environment)).toEqual({ kind: "folder", path: resolve(blobs) });
});

it("what the program says goes before the environment", () => {
  const environment = { PAWL_DATABASE_URL: "postgres://db" };
  const wanted = { directory: "d", databasePath: "x.db" };
  expect(locate(wanted, environment)).toEqual({ kind: "sqlite", path: resolve("x.db") });
  expect(locateBlobs(wanted, environment)).toEqual({ kind: "folder", path: resolve("d/blobs") });
});

it.each([
  ["postgres://u:secret@db/x", "postgres"],
  ["postgresql://u:secret@db/x", "postgres"],
  ["mysql://u:secret@db/x", "mysql"],
  ["mariadb://u:secret@db/x", "mysql"],
])("a server is known by its URL, and wants to be told where blobs lie: %s", (url, kind) => {
  const environment = { DATABASE_URL: url, PAWL_BLOB_URL: "file:./blobs" };
  expect(locate(nothing, environment)).toEqual({ kind, url });
  expect(locateBlobs(nothing, environment)).toEqual({ kind: "folder", path: resolve("blobs") });
  const given = { ...nothing, directory: "here" };
  const here = { kind: "folder", path: resolve("here/blobs") };
  expect(locateBlobs(given, { PAWL_DATABASE_URL: url })).toEqual(here);
  const locating = () => locateBlobs(nothing, { PAWL_DATABASE_URL: url });
  expect(locating).toThrow(expect.objectContaining({ code: "E_CONFIG_INVALID" }));
  expect(locating).toThrow("PAWL_BLOB_URL");
  expect(locating).not.toThrow("secret");
});

it.each<[Environment, string]>([
  [{ PAWL_DATABASE_URL: "mongodb://u:secret@db/x" }, "SQLite, Postgres, MySQL or MariaDB"],
  [{ DATABASE_URL: "sqlserver://u:secret@db/x" }, "a sqlserver: URL"],
  [{ PAWL_QUEUE_URL: "amqp://:secret@queue" }, "PAWL_QUEUE_URL is an amqp: URL"],
  [{ PAWL_QUEUE_URL: "secret" }, "PAWL_QUEUE_URL is no URL"],
  [{ PAWL_QUEUE_URL: "redis://queue nats://u:secret@queue" }, "PAWL_QUEUE_URL is a nats: URL"],
  [{ PAWL_BLOB_URL: "gs://secret" }, "PAWL_BLOB_URL is a gs: URL"],
  [{ PAWL_BLOB_URL: "secret/folder" }, "PAWL_BLOB_URL is no URL"],
])(
  "what this version can't do is said, without the secrets of the URL: %o",
  (environment, says) => {
    expect(() => locateAll(environment)).toThrow(
      expect.objectContaining({ code: "E_UNSUPPORTED" }),
    );
    expect(() => locateAll(environment)).toThrow(says);
    expect(() => locateAll(environment)).not.toThrow("secret");
  },
);

it.each<[Environment, string]>([
  [{ PAWL_QUEUE_URL: "redis://:secret@" }, "PAWL_QUEUE_URL is a redis: URL that can't be read"],
  [{ PAWL_QUEUE_URL: "redis://u:sec#ret@queue" }, "# as %23"],
  [{ PAWL_QUEUE_URL: "redis://u:1#secret@queue" }, "# as %23"],
  [{ PAWL_QUEUE_URL: "redis://u:%secret@queue" }, "% as %25"],
  [{ PAWL_QUEUE_URL: "redis://u:secret@queue/jobs" }, "@host:6379/0"],
  [{ PAWL_QUEUE_URL: "redis://:secret@a,redis://b" }, "PAWL_QUEUE_URL has a comma"],
  [{ PAWL_QUEUE_URL: "sql://u:secret@db" }, "PAWL_QUEUE_URL has something behind sql:"],
  [{ PAWL_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/secret" }, "is no URL of an SQS queue"],
  [{ PAWL_QUEUE_URL: "sqs+https://" }, "is no URL of an SQS queue"],
  [{ PAWL_QUEUE_URL: "https://proxy/secret/q" }, "write sqs+https://host/<account>/<name>"],
  [{ PAWL_QUEUE_URL: "http://localhost:9324/secret/q" }, "or sqs+http:"],
  [{ PAWL_QUEUE_URL: "sqs+http://key:secret@host/1/q" }, "PAWL_QUEUE_URL has a user or password"],
  [
    { PAWL_QUEUE_URL: "sqs+http://host/1/q?token=secret" },
    'the parameter "token"; it takes region',
  ],
  [{ PAWL_QUEUE_URL: "sqs+http://host/1/q?region=" }, "one value of its parameter region"],
  [{ PAWL_BLOB_URL: "s3://key:secret@bucket" }, "PAWL_BLOB_URL has a user or password"],
  [{ PAWL_BLOB_URL: "s3:///secret" }, "PAWL_BLOB_URL is an s3: URL that names no bucket"],
  [{ PAWL_BLOB_URL: "s3://bucket/%secret" }, "names no bucket"],
  [{ PAWL_BLOB_URL: "s3://bucket?key=secret" }, "it takes region and endpoint"],
  [{ PAWL_BLOB_URL: "s3://b?region=secret&region=secret" }, "one value of its parameter region"],
  [{ PAWL_BLOB_URL: "s3://b?endpoint=secret" }, "an endpoint that is no http: or https: URL"],
  [{ PAWL_BLOB_URL: "s3://b?endpoint=http://k:secret@h" }, "PAWL_BLOB_URL has a user or password"],
])("what is written badly is said, without the secrets of the URL: %o", (environment, says) => {
  expect(() => locateAll(environment)).toThrow(
    expect.objectContaining({ code: "E_CONFIG_INVALID" }),
  );
  expect(() => locateAll(environment)).toThrow(says);
  expect(() => locateAll(environment)).not.toThrow("secret");
});

const AWS = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";

it.each<[string | undefined, readonly QueuePlace[]]>([
  [undefined, [{ kind: "sql" }]],
  ["", [{ kind: "sql" }]],
  ["sql:", [{ kind: "sql" }]],
  ["redis://u:p%40ss@queue:6380/2", [{ kind: "redis", url: "redis://u:p%40ss@queue:6380/2" }]],
  ["rediss://queue", [{ kind: "redis", url: "rediss://queue" }]],
  [AWS, [{ kind: "sqs", queueUrl: AWS }]],
  [`${AWS}.fifo`, [{ kind: "sqs", queueUrl: `${AWS}.fifo` }]],
  [
    "https://sqs.cn-north-1.amazonaws.com.cn/1/jobs",
    [{ kind: "sqs", queueUrl: "https://sqs.cn-north-1.amazonaws.com.cn/1/jobs" }],
  ],
  [
    "sqs+http://127.0.0.1:9324/000/jobs?region=us-east-1",
    [{ kind: "sqs", queueUrl: "http://127.0.0.1:9324/000/jobs", region: "us-east-1" }],
  ],
  [
    `  ${AWS}\n redis://queue  sql: sql: `,
    [{ kind: "sqs", queueUrl: AWS }, { kind: "redis", url: "redis://queue" }, { kind: "sql" }],
  ],
])("PAWL_QUEUE_URL says where jobs travel, in order: %j", (said, places) => {
  expect(queuePlaces(said)).toEqual(places);
});

it.each<[string, object]>([
  ["s3://bucket", { bucket: "bucket", prefix: "" }],
  ["s3://my.Bucket/", { bucket: "my.Bucket", prefix: "" }],
  ["s3://b/a%20b/c/?region=eu-west-1", { bucket: "b", prefix: "a b/c/", region: "eu-west-1" }],
  [
    "s3://b/pawl?region=auto&endpoint=https://account.r2.cloudflarestorage.com",
    {
      bucket: "b",
      prefix: "pawl/",
      region: "auto",
      endpoint: "https://account.r2.cloudflarestorage.com",
    },
  ],
])("PAWL_BLOB_URL names a bucket, whatever the database is: %s", (url, bucket) => {
  const environment = { PAWL_DATABASE_URL: "postgres://db", PAWL_BLOB_URL: url };
  expect(locateBlobs(nothing, environment)).toEqual({ kind: "s3", ...bucket });
});

it.each<[string, number | undefined]>([
  [AWS, 20_000],
  [`${AWS} sql:`, undefined],
  ["redis://queue", undefined],
  ["sql:", undefined],
])("a worker that has %s alone waits as long as a poll of SQS may", async (said, pollMs) => {
  const { transports, jobPollIntervalMs, close } = await openTransports(said, {
    workflows: [],
  });
  expect(jobPollIntervalMs).toBe(pollMs);
  expect(transports).toHaveLength(queuePlaces(said).length);
  await close();
});

it("a package that is not installed is named, with the variable and the command", async () => {
  const load = () => Promise.reject(new Error("Cannot find package"));
  const source = { name: "@pawl/transport-sqs", variable: "PAWL_QUEUE_URL", load };
  await expect(loadAdapter(source)).rejects.toMatchObject({
    code: "E_DRIVER_MISSING",
    message: expect.stringMatching(/^PAWL_QUEUE_URL needs .*\(npm install @pawl\/transport-sqs\)/),
  });
});

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
