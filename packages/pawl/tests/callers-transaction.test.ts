import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshDatabase } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import Database from "better-sqlite3";
import * as mariadbDriver from "mariadb";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { defineWorkflow, type Pawl, pawl } from "../src/index.ts";

const greet = defineWorkflow({
  id: "greet",
  run: (ctx, name: string) => ctx.step("greeting", () => `hello ${name}`),
});

/** A connection of the user's own, with a table of the user's own. */
interface Client {
  readonly transaction: unknown;
  run(sql: string): Promise<readonly unknown[]>;
  begin(): Promise<void>;
  /** Begins one that sees nothing of what others commit from now on. */
  beginView?(): Promise<void>;
  end(): Promise<void>;
}

type ServerClient = Required<Client>;

interface Place {
  readonly app: Pawl;
  readonly client: Client;
}

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

async function openApp(databaseUrl: string, jobPollIntervalMs?: number): Promise<Pawl> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-bind-"));
  ended.push(() => rm(directory, { recursive: true }));
  const environment = { PAWL_DATABASE_URL: databaseUrl, PAWL_MIGRATE: "auto" };
  const host = jobPollIntervalMs === undefined ? {} : { host: { jobPollIntervalMs } };
  const app = await pawl({ workflows: [greet], directory, environment, ...host });
  ended.push(() => app.stop());
  return app;
}

async function openClient<T extends Client>(client: T): Promise<T> {
  ended.push(() => client.end());
  await client.run("CREATE TABLE IF NOT EXISTS orders (id varchar(20) PRIMARY KEY)");
  return client;
}

async function onSqlite(): Promise<{ url: string; connect(): Promise<Client> }> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-bind-"));
  ended.push(() => rm(directory, { recursive: true }));
  const path = join(directory, "app.db");
  const connect = async (): Promise<Client> => {
    const transaction = new Database(path);
    const run = async (sql: string): Promise<readonly unknown[]> => {
      const statement = transaction.prepare(sql);
      return statement.reader ? statement.all() : [void statement.run()];
    };
    const begin = async (): Promise<void> => void (await run("BEGIN IMMEDIATE"));
    return openClient({ transaction, run, begin, end: async () => void transaction.close() });
  };
  return { url: path, connect };
}

async function onPostgres(server: { readonly url: string }) {
  const database = await freshDatabase(server);
  ended.push(() => database.drop());
  const connect = async (): Promise<ServerClient> => {
    const transaction = new pg.Client(database.url);
    await transaction.connect();
    const run = async (sql: string) => (await transaction.query(sql)).rows;
    const begin = async (): Promise<void> => void (await run("BEGIN"));
    const beginView = async (): Promise<void> => {
      await run("BEGIN ISOLATION LEVEL REPEATABLE READ");
      await run("SELECT 1 FROM orders");
    };
    return openClient({ transaction, run, begin, beginView, end: () => transaction.end() });
  };
  return { url: database.url, connect };
}

async function onMariadb(server: { readonly url: string }) {
  const database = await freshDatabase(server);
  ended.push(() => database.drop());
  const connect = async (): Promise<ServerClient> => {
    const transaction = await mariadbDriver.createConnection(database.url);
    const run = async (sql: string) => [await transaction.query(sql)].flat();
    const begin = (): Promise<void> => transaction.beginTransaction();
    const beginView = async (): Promise<void> => {
      await begin();
      await run("SELECT 1 FROM orders");
    };
    return openClient({ transaction, run, begin, beginView, end: () => transaction.end() });
  };
  return { url: database.url, connect };
}

type Open = (jobPollIntervalMs?: number) => Promise<Place>;

function startsWithinATransaction(open: Open): void {
  it("exist once it commits, and begin when told so", async () => {
    const { app, client } = await open(60_000);
    await client.begin();
    await client.run("INSERT INTO orders VALUES ('a')");
    const bound = app.bind(client.transaction);
    const run = await bound.start(greet, "Ada");
    await expect(run.status()).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
    await client.run("COMMIT");
    await bound.afterCommit();
    expect(await run.result({ timeoutMs: 20_000 })).toBe("hello Ada");
    expect(await client.run("SELECT id FROM orders")).toHaveLength(1);
  });

  it("begin by themselves when nobody says so", async () => {
    const { app, client } = await open(50);
    await client.begin();
    const run = await app.bind(client.transaction).start(greet, "Ada");
    await client.run("COMMIT");
    expect(await run.result({ timeoutMs: 20_000 })).toBe("hello Ada");
  });

  it("are gone with it [147]", async () => {
    const { app, client } = await open();
    await client.begin();
    await client.run("INSERT INTO orders VALUES ('a')");
    const run = await app.bind(client.transaction).start(greet, "Ada", { idempotencyKey: "a" });
    await client.run("ROLLBACK");
    await expect(run.status()).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
    expect(await client.run("SELECT id FROM orders")).toHaveLength(0);
    const again = await app.start(greet, "Ada", { idempotencyKey: "a" });
    expect(again.id).not.toBe(run.id);
  });

  it("with a key that was used answer the run of then, and spoil nothing", async () => {
    const { app, client } = await open();
    const first = await app.start(greet, "Ada", { idempotencyKey: "a" });
    await client.begin();
    await client.run("INSERT INTO orders VALUES ('a')");
    const bound = app.bind(client.transaction);
    expect((await bound.start(greet, "Ada", { idempotencyKey: "a" })).id).toBe(first.id);
    await expect(bound.start(greet, "Bob", { idempotencyKey: "a" })).rejects.toMatchObject({
      code: "E_IDEMPOTENCY_CONFLICT",
    });
    const second = await bound.start(greet, "Eve", { idempotencyKey: "b" });
    const same = await bound.start(greet, "Eve", { idempotencyKey: "b" });
    expect(same.id).toBe(second.id);
    await client.run("COMMIT");
    await bound.afterCommit();
    expect(await second.result({ timeoutMs: 20_000 })).toBe("hello Eve");
    expect(await client.run("SELECT id FROM orders")).toHaveLength(1);
  });

  it("of bad input write nothing and leave it as it was", async () => {
    const { app, client } = await open();
    await client.begin();
    const bound = app.bind(client.transaction);
    await expect(bound.start(greet, "Ada", { priority: 0.5 })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
    });
    await client.run("INSERT INTO orders VALUES ('a')");
    await client.run("COMMIT");
    expect((await app.kernel.query.listRuns({ limit: 1 })).runs).toEqual([]);
  });

  it("need a transaction", async () => {
    const { app, client } = await open();
    await expect(
      (async () => app.bind(client.transaction).start(greet, "Ada"))(),
    ).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
    expect(() => app.bind({})).toThrow(/given to bind|bind takes/);
    expect((await app.kernel.query.listRuns({ limit: 1 })).runs).toEqual([]);
  });
}

const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve));
};

interface Server {
  readonly app: Pawl;
  /** Opens the database by another process's way. */
  another(): Promise<Pawl>;
  connect(): Promise<ServerClient>;
}

function startsBesideOthers(open: () => Promise<Server>): void {
  it.each([0, 1, 2, 3, 4, 5, 6, 8])("undo nothing written %i turns after one", async (after) => {
    const { app, connect } = await open();
    const client = await connect();
    await client.beginView();
    const first = await app.start(greet, "Ada", { idempotencyKey: "a" });
    const starting = app.bind(client.transaction).start(greet, "Ada", { idempotencyKey: "a" });
    await turns(after);
    await client.run("INSERT INTO orders VALUES ('x')");
    expect((await starting).id).toBe(first.id);
    await client.run("COMMIT");
    expect(await client.run("SELECT id FROM orders")).toHaveLength(1);
  });

  it("undo nothing that is written while they wait for a key", async () => {
    const { app, connect } = await open();
    const [one, two] = [await connect(), await connect()];
    await one.begin();
    const first = await app.bind(one.transaction).start(greet, "Ada", { idempotencyKey: "a" });
    await two.begin();
    const starting = app.bind(two.transaction).start(greet, "Ada", { idempotencyKey: "a" });
    await turns(8);
    const inserting = two.run("INSERT INTO orders VALUES ('x')");
    await one.run("COMMIT");
    expect((await starting).id).toBe(first.id);
    await inserting;
    await two.run("COMMIT");
    expect(await one.run("SELECT id FROM orders")).toHaveLength(1);
  });

  it("by way of two binds of it follow one another", async () => {
    const { app, connect } = await open();
    const client = await connect();
    await client.beginView();
    const first = await app.start(greet, "Ada", { idempotencyKey: "a" });
    const start = (name: string, idempotencyKey: string) =>
      app.bind(client.transaction).start(greet, name, { idempotencyKey });
    const [used, fresh] = await Promise.all([start("Ada", "a"), start("Eve", "b")]);
    await client.run("COMMIT");
    expect(used.id).toBe(first.id);
    expect(await fresh.result({ timeoutMs: 20_000 })).toBe("hello Eve");
  });

  it("hold up nobody but starts of their key", async () => {
    const { app, another, connect } = await open();
    const client = await connect();
    await client.begin();
    const first = await app.bind(client.transaction).start(greet, "Ada", { idempotencyKey: "a" });
    const other = await another();
    let same = "waits";
    const waiting = other.start(greet, "Ada", { idempotencyKey: "a" }).finally(() => {
      same = "is answered";
    });
    const names = Array.from({ length: 12 }, (_, at) => `n${at}`);
    const keyed = names.map((name) => other.start(greet, name, { idempotencyKey: name }));
    await Promise.all([...keyed, ...names.map((name) => other.start(greet, name))]);
    expect(same).toBe("waits");
    await client.run("COMMIT");
    expect((await waiting).id).toBe(first.id);
  });
}

describe("starts within a transaction of better-sqlite3", () => {
  startsWithinATransaction(async (jobPollIntervalMs) => {
    const { url, connect } = await onSqlite();
    return { app: await openApp(url, jobPollIntervalMs), client: await connect() };
  });

  it("need the file of the app", async () => {
    const app = await openApp((await onSqlite()).url);
    const other = await (await onSqlite()).connect();
    await other.begin();
    expect(() => app.bind(other.transaction)).toThrow(/the engine's tables are in/);
  });
});

describeOn("starts within a transaction of pg", await postgres(), (server) => {
  startsWithinATransaction(async (jobPollIntervalMs) => {
    const { url, connect } = await onPostgres(server);
    return { app: await openApp(url, jobPollIntervalMs), client: await connect() };
  });

  startsBesideOthers(async () => {
    const { url, connect } = await onPostgres(server);
    return { app: await openApp(url), another: () => openApp(url), connect };
  });

  it("are refused when the transaction has failed, and say so", async () => {
    const { url, connect } = await onPostgres(server);
    const [app, client] = [await openApp(url), await connect()];
    await client.begin();
    await expect(client.run("SELECT 1/0")).rejects.toThrow();
    await expect(app.bind(client.transaction).start(greet, "Ada")).rejects.toThrow(/ROLLBACK it/);
  });
});

describeOn("starts within a transaction of mariadb", await mariadb(), (server) => {
  startsWithinATransaction(async (jobPollIntervalMs) => {
    const { url, connect } = await onMariadb(server);
    return { app: await openApp(url, jobPollIntervalMs), client: await connect() };
  });

  startsBesideOthers(async () => {
    const { url, connect } = await onMariadb(server);
    return { app: await openApp(url), another: () => openApp(url), connect };
  });

  it("that meet a deadlock say that the transaction is undone", async () => {
    const { url, connect } = await onMariadb(server);
    const [app, one, two] = [await openApp(url), await connect(), await connect()];
    const start = (client: Client, idempotencyKey: string) =>
      app.bind(client.transaction).start(greet, "Ada", { idempotencyKey });
    for (const [client, key] of [
      [one, "a"],
      [two, "b"],
    ] as const) {
      await client.begin();
      await client.run(`INSERT INTO orders VALUES ('${key}')`);
      await start(client, key);
    }
    const crossing = [start(one, "b"), start(two, "a")].map((starting, at) =>
      starting.finally(() => (at === 0 ? one : two).run("COMMIT")),
    );
    const results = await Promise.allSettled(crossing);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.map(({ reason }) => reason)).toEqual([
      expect.objectContaining({
        code: "E_TRANSACTION_UNDONE",
        message: expect.stringMatching(/begin it again/),
      }),
    ]);
    expect(await one.run("SELECT id FROM orders")).toHaveLength(1);
  });
});
