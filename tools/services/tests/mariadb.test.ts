import { createConnection } from "mariadb";
import { afterAll, expect, it, vi } from "vitest";
import { freshDatabase, isSkipped, privateMariadb, sqlClient } from "../src/index.ts";
import { describeOn, mariadb } from "../src/vitest/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const shared = await mariadb();

describeOn("the shared MariaDB", shared, (server) => {
  it("gives databases that know nothing of each other", async () => {
    const [one, other] = await Promise.all([freshDatabase(server), freshDatabase(server)]);
    await ask(one.url, "CREATE TABLE mine (a int)");
    expect(await ask(other.url, "SHOW TABLES")).toEqual([]);
    await Promise.all([one.drop(), other.drop()]);
    await expect(ask(one.url, "SELECT 1")).rejects.toMatchObject({ code: "ER_BAD_DB_ERROR" });
  });
});

const settings = { "innodb-lock-wait-timeout": 7 };
const own = isSkipped(shared) ? shared : await privateMariadb({ settings });

describeOn("a MariaDB of one's own", own, (server) => {
  afterAll(() => server.remove());

  it("is durable, with the settings asked for", async () => {
    const variables =
      "@@innodb_flush_log_at_trx_commit AS durable, @@innodb_lock_wait_timeout AS wait";
    expect(await ask(server.url, `SELECT ${variables}`)).toEqual([{ durable: 1n, wait: 7n }]);
  });

  it("keeps its temporary tables where no other server that starts removes them", async () => {
    const [row] = await ask(server.url, "SELECT @@tmpdir AS kept, @@datadir AS data");
    const { kept, data } = row as { readonly kept: string; readonly data: string };
    expect(data).toContain(`${kept}/`);
  });

  it("crashes and comes back with what was committed", async () => {
    const { url } = await freshDatabase(server);
    await ask(url, "CREATE TABLE kept AS SELECT 1 AS a");
    await server.stop("immediate");
    await expect(ask(url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.start();
    expect(await ask(url, "SELECT a FROM kept")).toEqual([{ a: 1 }]);
  });

  it("answers whoever asked before it crashed", async () => {
    const client = sqlClient(server.url);
    const asked = () => client.rows("SELECT count(*) + ? AS a", [2]);
    expect(await asked()).toEqual([{ a: 3 }]);
    await server.stop("kill");
    await expect(asked()).rejects.toThrow();
    await server.start();
    expect(await asked()).toEqual([{ a: 3 }]);
    await client.close();
  });
});

async function ask(url: string, sql: string): Promise<readonly unknown[]> {
  const connection = await createConnection(url);
  try {
    return Array.from(await connection.query(sql));
  } finally {
    await connection.end();
  }
}
