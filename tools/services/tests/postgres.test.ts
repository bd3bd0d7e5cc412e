import pg from "pg";
import { afterAll, expect, it, vi } from "vitest";
import { freshDatabase, isSkipped, privatePostgres, sqlClient } from "../src/index.ts";
import { describeOn, postgres } from "../src/vitest/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const shared = await postgres();

describeOn("the shared PostgreSQL", shared, (server) => {
  it("is the same for whoever asks", async () => {
    expect(await postgres()).toEqual(server);
  });

  it("gives databases that know nothing of each other", async () => {
    const [one, other] = await Promise.all([freshDatabase(server), freshDatabase(server)]);
    await ask(one.url, "CREATE TABLE mine (a int)");
    expect(await ask(other.url, "SELECT to_regclass('mine') AS found")).toEqual([{ found: null }]);
    await Promise.all([one.drop(), other.drop()]);
    await expect(ask(one.url, "SELECT 1")).rejects.toThrow("does not exist");
  });

  it("drops a database under whoever is still connected", async () => {
    const fresh = await freshDatabase(server);
    const client = new pg.Client(fresh.url);
    const thrownOut = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await fresh.drop();
    expect(await thrownOut).toMatchObject({ code: "57P01" });
  });
});

const own = isSkipped(shared) ? shared : await privatePostgres({ settings: { work_mem: "7MB" } });

describeOn("a PostgreSQL of one's own", own, (server) => {
  afterAll(() => server.remove());

  it("is durable, with the settings asked for", async () => {
    expect(await ask(server.url, "SHOW synchronous_commit")).toEqual([
      { synchronous_commit: "on" },
    ]);
    expect(await ask(server.url, "SHOW fsync")).toEqual([{ fsync: "on" }]);
    expect(await ask(server.url, "SHOW work_mem")).toEqual([{ work_mem: "7MB" }]);
  });

  it.each(["immediate", "kill"] as const)(
    "crashes (%s) and comes back with what was committed",
    async (mode) => {
      await ask(server.url, `CREATE TABLE kept_${mode} AS SELECT 1 AS a`);
      await server.stop(mode);
      await expect(ask(server.url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      await server.start();
      expect(server.log()).toContain("automatic recovery in progress");
      expect(await ask(server.url, `SELECT a FROM kept_${mode}`)).toEqual([{ a: 1 }]);
    },
  );

  it("answers whoever asked before it crashed", async () => {
    const client = sqlClient(server.url);
    const asked = () => client.rows("SELECT ? || 'b' AS a", ["a"]);
    expect(await asked()).toEqual([{ a: "ab" }]);
    await server.stop("immediate");
    await expect(asked()).rejects.toThrow();
    await server.start();
    expect(await asked()).toEqual([{ a: "ab" }]);
    await client.close();
  });

  it("answers no new connection while it is frozen", async () => {
    server.freeze();
    const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 100 });
    await expect(client.connect()).rejects.toThrow("timeout");
    server.thaw();
    expect(await ask(server.url, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });
});

async function ask(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
