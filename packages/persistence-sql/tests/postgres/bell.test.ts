import type { Persistence, WorkPlace } from "@pawl/kernel/ports";
import { deafProxy, proxy } from "@pawl/services";
import { planOf, runOf } from "@pawl/test-parts/plans";
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LISTENER_TIMES, type ListenerTimes } from "../../src/postgres/bell/listener.ts";
import { PostgresBell } from "../../src/postgres/bell/postgres-bell.ts";
import { channelOf } from "../../src/postgres/bell/ring-text.ts";
import { onPostgres } from "./on-postgres.ts";
import type { TemporarySchema } from "./temporary-database.ts";

const FAST: ListenerTimes = { testMs: 50, tokenMs: 300, againMs: 10 };
const work: WorkPlace = { namespace: "default", queue: "default" };
const SOON = { timeout: 20_000 };

onPostgres("news of work on PostgreSQL", (place) => {
  let schema: TemporarySchema;
  let ends: (() => Promise<unknown>)[];
  beforeEach(() => {
    ({ schema } = place());
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** A bell by way of these URLs: of the first connection, the second, and all that follow. */
  function bell(urls: readonly string[] = [schema.url], times = FAST) {
    const statements: string[] = [];
    const lines: string[] = [];
    const heard: (WorkPlace | undefined)[] = [];
    let made = 0;
    const connect = (): pg.Client => {
      const connectionString = urls[Math.min(made++, urls.length - 1)] as string;
      const client = new pg.Client({ connectionString });
      const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
      client.query = ((...given: unknown[]) => {
        statements.push(String(given[0]).split(" ", 2).join(" "));
        return query(...given);
      }) as never;
      return client;
    };
    const parts = { connect, schema: schema.schema, prefix: "", place: "here", times };
    const one = new PostgresBell(parts);
    ends.push(() => one.close());
    const logger = {
      log: (level: string, message: string) => void lines.push(`${level} ${message}`),
    };
    const listen = () => one.listen((there) => void heard.push(there), logger);
    return { one, listen, statements, lines, heard, connections: () => made };
  }

  /** Everything that is notified on the channel. */
  async function rawListener(): Promise<string[]> {
    const client = new pg.Client({ connectionString: schema.url });
    await client.connect();
    ends.push(() => client.end());
    const payloads: string[] = [];
    client.on("notification", ({ payload }) => void payloads.push(payload ?? ""));
    await client.query(`LISTEN ${channelOf(schema.schema, "")}`);
    return payloads;
  }

  const own = async (like: string): Promise<number> => {
    const { rows } = await schema.pool.query<{ n: string }>(
      `SELECT count(*) AS n FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [like],
    );
    return Number(rows[0]?.n);
  };

  test("a thousand rings at once are two notifications, the first of them at once", async () => {
    const payloads = await rawListener();
    const { one } = bell();
    for (let i = 0; i < 1_000; i++) one.ring(work);
    one.ring({ namespace: "default", queue: "last" });
    await vi.waitFor(() => expect(payloads).toHaveLength(3), SOON);
    expect(payloads.filter((text) => text.includes("last"))).toHaveLength(1);
  });

  test("rings that go on are notified every 30 ms at most", async () => {
    const payloads = await rawListener();
    const { one } = bell();
    const startedAt = performance.now();
    for (let i = 0; i < 1_000; i++) {
      one.ring(work);
      if (i % 10 === 0) await schema.pool.query("SELECT 1");
    }
    one.ring({ namespace: "default", queue: "last" });
    await one.close();
    const tookMs = performance.now() - startedAt;
    await vi.waitFor(() => expect(payloads.join()).toContain("last"), SOON);
    expect(payloads.length).toBeLessThanOrEqual(tookMs / 30 + 4);
  });

  test("at rest a listener has sent two statements, and sends one in 30 s at most", async () => {
    const { listen, statements, heard } = bell([schema.url], LISTENER_TIMES);
    listen();
    await vi.waitFor(() => expect(statements).toHaveLength(2), SOON);
    expect(statements).toEqual([`LISTEN ${channelOf(schema.schema, "")}`, "SELECT pg_notify($1,"]);
    expect(heard).toEqual([undefined]);
    expect(LISTENER_TIMES.testMs).toBeGreaterThanOrEqual(30_000);
  });

  test("however many listen, there is one connection that does", async () => {
    const { listen, heard, connections } = bell();
    const stops = Array.from({ length: 50 }, listen);
    await vi.waitFor(() => expect(heard).toHaveLength(50), SOON);
    listen();
    await vi.waitFor(() => expect(heard).toHaveLength(51), SOON);
    await vi.waitFor(() => expect(connections()).toBe(2), SOON);
    for (const stop of stops) await stop();
    expect(await own("LISTEN%")).toBe(1);
  });

  test("where notifications are swallowed it says so once and leaves off", async () => {
    const between = await deafProxy(schema.url);
    ends.push(() => between.close());
    const { listen, lines, connections, one } = bell([between.url]);
    listen();
    await vi.waitFor(() => expect(lines).toHaveLength(1), SOON);
    expect(lines[0]).toMatch(/^warn .*pooler in transaction mode.*polling/);
    expect(between.swallowed()).toBe(1);
    await vi.waitFor(async () => expect(await own("%LISTEN%")).toBe(0), SOON);
    const payloads = await rawListener();
    one.ring(work);
    await vi.waitFor(() => expect(payloads).toHaveLength(1), SOON);
    expect({ connections: connections(), lines: lines.length }).toEqual({
      connections: 2,
      lines: 1,
    });
  });

  test("it says so, too, when the first of its tests could not be sent", async () => {
    const between = await deafProxy(schema.url);
    ends.push(() => between.close());
    const refused = "postgres://nobody@127.0.0.1:1/none";
    const { listen, lines, connections } = bell([between.url, refused, between.url]);
    listen();
    await vi.waitFor(() => expect(lines).toHaveLength(1), SOON);
    expect(lines[0]).toMatch(/^warn .*pooler in transaction mode.*polling/);
    expect(connections()).toBe(3);
  });

  test("a listening that is ended again and again, but heard, is soon made anew", async () => {
    const tokens = await rawListener();
    const between = await proxy(schema.url);
    ends.push(() => between.close());
    const seldom = { ...FAST, testMs: 60_000 };
    const { listen, heard, lines } = bell([between.url, schema.url, between.url], seldom);
    listen();
    for (let times = 1; times <= 12; times += 1) {
      await vi.waitFor(() => expect(heard).toHaveLength(times), { timeout: 2_000 });
      await vi.waitFor(() => expect(tokens).toHaveLength(times), SOON);
      between.cut();
    }
    expect(lines).toEqual([]);
  });

  test("a listening that went silent is found by its test and made anew", async () => {
    const between = await proxy(schema.url);
    ends.push(() => between.close());
    const { listen, heard, lines } = bell([between.url, schema.url]);
    listen();
    await vi.waitFor(() => expect(heard).toEqual([undefined]), SOON);
    between.hold();
    await vi.waitFor(() => expect(heard).toEqual([undefined, undefined]), SOON);
    bell().one.ring(work);
    await vi.waitFor(() => expect(heard.at(-1)).toEqual(work), SOON);
    expect(lines).toEqual([]);
  });

  test("out of reach of the server it tries again, says so once, and then hears", async () => {
    const between = await proxy(schema.url);
    ends.push(() => between.close());
    const { listen, heard, lines, connections } = bell([between.url]);
    listen();
    await vi.waitFor(() => expect(heard).toEqual([undefined]), SOON);
    between.refuse();
    const before = connections();
    await vi.waitFor(() => expect(connections()).toBeGreaterThan(before + 4), SOON);
    expect(lines).toEqual([expect.stringMatching(/^warn .*polling/)]);
    await between.pass();
    await vi.waitFor(() => expect(heard).toHaveLength(2), SOON);
    bell().one.ring(work);
    await vi.waitFor(() => expect(heard.at(-1)).toEqual(work), SOON);
  });

  test("a ring that could not be sent goes out when the server is back", async () => {
    const payloads = await rawListener();
    const between = await proxy(schema.url);
    ends.push(() => between.close());
    const { one, connections } = bell([between.url]);
    between.refuse();
    one.ring(work);
    await vi.waitFor(() => expect(connections()).toBeGreaterThan(1), SOON);
    await between.pass();
    await vi.waitFor(() => expect(payloads).toHaveLength(1), SOON);
  });

  test("other tables of the same database are another matter", async () => {
    const payloads = await rawListener();
    const options = { connect: () => new pg.Client({ connectionString: schema.url }), place: "" };
    const others = [
      new PostgresBell({ ...options, schema: schema.schema, prefix: "b_" }),
      new PostgresBell({ ...options, schema: "elsewhere", prefix: "" }),
    ];
    for (const other of others) {
      other.ring(work);
      await other.close();
    }
    bell().one.ring(work);
    await vi.waitFor(() => expect(payloads).toHaveLength(1), SOON);
  });

  test("what strangers send is nothing, and a listener that throws stays", async () => {
    const { one, heard } = bell();
    const lines: string[] = [];
    const log = (_: string, message: string) => void lines.push(message);
    one.listen(
      (there) => {
        heard.push(there);
        throw new Error("no");
      },
      { log },
    );
    await vi.waitFor(() => expect(heard).toHaveLength(1), SOON);
    for (const text of ["", "{", "null", "[1]", '["a",2]', '{"from":1}', '"x"', "[]"]) {
      const channel = channelOf(schema.schema, "");
      await schema.pool.query("SELECT pg_notify($1, $2)", [channel, text]);
    }
    bell().one.ring(work);
    await vi.waitFor(() => expect(heard.at(-1)).toEqual(work), SOON);
    expect(heard).toHaveLength(2);
    expect(lines).toHaveLength(2);
  });

  const connections = async (name: string): Promise<number> => {
    const { rows } = await schema.pool.query<{ n: string }>(
      "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1",
      [name],
    );
    return Number(rows[0]?.n);
  };
  const named = (name: string): string => {
    const url = new URL(schema.url);
    url.searchParams.set("application_name", name);
    return url.href;
  };
  const silent = { log: () => {} };
  const useAll = async (persistence: Persistence): Promise<void> => {
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    await new Promise<void>((resolve) => {
      persistence.workBell?.listen(() => resolve(), silent);
    });
    persistence.workBell?.ring(work);
  };

  test("close leaves no connection, of its own pool or of another's", async () => {
    const url = named("closes");
    const persistence = await schema.open({ url });
    await useAll(persistence);
    await vi.waitFor(async () => expect(await connections("closes")).toBe(3), SOON);
    await persistence.close();
    await vi.waitFor(async () => expect(await connections("closes")).toBe(0), SOON);

    const pool = new pg.Pool({ connectionString: named("pool") });
    ends.push(() => pool.end());
    const lent = await schema.open({ pool, url: undefined as never });
    await useAll(lent);
    await vi.waitFor(async () => expect(await connections("pool")).toBe(3), SOON);
    await lent.close();
    await vi.waitFor(async () => expect(await connections("pool")).toBe(1), SOON);
  });

  test("notify: false makes no connection beside the pool, and says so", async () => {
    const persistence = await schema.open({ notify: false });
    expect(persistence.capabilities.notify).toBe(false);
    expect(persistence.workBell).toBeUndefined();
  });
});
