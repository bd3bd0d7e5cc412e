import { freshDatabase } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { createConnection } from "mariadb";
import pg from "pg";
import { afterAll, expect, it, vi } from "vitest";
import { ServerCost } from "../src/measure/server-cost.ts";
import { observe } from "../src/observer/observe.ts";
import { startBenchServer } from "../src/processes/bench-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describeOn("the cost of statements", await startBenchServer("postgres"), (server) => {
  afterAll(() => server.stop());

  it("leaves out transactions and what is asked by the observer", async () => {
    const { url, drop } = await freshDatabase(server.urls);
    const place = { directory: "", url };
    const engine = new pg.Client(url);
    await engine.connect();
    const observer = await observe(place);
    const cost = await ServerCost.begin(place);
    const before = await cost.read();

    await engine.query("CREATE TABLE kept (a int)");
    await engine.query("BEGIN");
    await engine.query("INSERT INTO kept VALUES ($1)", [1]);
    await engine.query("COMMIT");
    expect(await observer.count("SELECT count(*) FROM kept")).toBe(1);

    const after = await cost.read();
    expect(after.statements - before.statements).toBe(2);
    expect(after.bytes - before.bytes).toBeGreaterThan(100);
    await Promise.all([cost.close(), observer.close(), engine.end()]);
    await drop();
  });

  it("is that of a durable server, near or 2 ms away", async () => {
    expect(server.facts).toMatch(
      /^PostgreSQL \d+.* fsync=on, synchronous_commit=on, full_page_writes=on/,
    );
    const roundTripMs = async (url: string): Promise<number> => {
      const client = new pg.Client(url);
      await client.connect();
      const startedAt = performance.now();
      for (let i = 0; i < 10; i += 1) await client.query("SELECT 1");
      await client.end();
      return (performance.now() - startedAt) / 10;
    };
    expect(await roundTripMs(server.urls.distantUrl)).toBeGreaterThan(1.8);
  });
});

describeOn("the cost of statements on MariaDB", await startBenchServer("mariadb"), (server) => {
  afterAll(() => server.stop());

  it("leaves out transactions, settings and what is asked by the observer", async () => {
    const { url, drop } = await freshDatabase(server.urls);
    const place = { directory: "", url };
    const engine = await createConnection(url);
    await engine.query("CREATE TABLE kept (a int)");
    const observer = await observe(place);
    const cost = await ServerCost.begin(place);
    const before = await cost.read();

    await engine.query("SET @unused = 1");
    await engine.query("START TRANSACTION");
    await engine.execute("INSERT INTO kept VALUES (?)", [1]);
    await engine.query("SAVEPOINT here");
    await engine.execute("SELECT a FROM kept WHERE a = ? FOR UPDATE", [1]);
    await engine.query("COMMIT");
    expect(await observer.count("SELECT count(*) FROM kept")).toBe(1);

    const after = await cost.read();
    expect(after.statements - before.statements).toBe(2);
    expect(after.bytes - before.bytes).toBeGreaterThan(100);
    await Promise.all([cost.close(), observer.close(), engine.end()]);
    await drop();
  });
});
