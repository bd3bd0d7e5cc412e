import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askPostgres, deafProxy, type FreshDatabase, freshDatabase, proxy } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineWorkflow, type Pawl, type PawlOptions, pawl } from "../src/index.ts";

const hello = defineWorkflow({ id: "hello", run: async (_ctx, name: string) => `hello ${name}` });

const POLL_MS = 60_000;
/** Far below the poll interval, far above what a slow machine needs. */
const TOLD = { timeoutMs: 20_000 };
const SOON = { timeout: 20_000 };

describeOn("processes on one PostgreSQL", await postgres(), (server) => {
  let database: FreshDatabase;
  let directory: string;
  let ended: (() => Promise<unknown>)[];
  beforeEach(async () => {
    database = await freshDatabase(server);
    directory = await mkdtemp(join(tmpdir(), "pawl-news-"));
    ended = [() => database.drop(), () => rm(directory, { recursive: true })];
  });
  afterEach(async () => {
    for (const end of ended.toReversed()) await end();
  });

  const open = async (more: Partial<PawlOptions> = {}, url = database.url): Promise<Pawl> => {
    const environment = { PAWL_DATABASE_URL: url, PAWL_MIGRATE: "auto" };
    const host = { jobPollIntervalMs: POLL_MS };
    const app = await pawl({ workflows: [hello], directory, environment, host, ...more });
    ended.push(() => app.stop());
    return app;
  };
  const starter = (): Promise<Pawl> => open({ worker: false });

  /** Waits until so many connections listen. */
  const listening = (count: number): Promise<readonly { pid: number }[]> =>
    vi.waitFor(async () => {
      const listeners = await askPostgres<{ pid: number }>(
        server.url,
        "SELECT pid FROM pg_stat_activity WHERE datname = $1 " +
          "AND query LIKE 'LISTEN%' AND state = 'idle'",
        [database.name],
      );
      expect(listeners).toHaveLength(count);
      return listeners;
    }, SOON);

  it("one begins what another starts at once, not when it polls [43]", async () => {
    const app = await open();
    const other = await starter();
    await listening(1);
    for (const name of ["a", "b", "c"]) {
      expect(await (await other.start(hello, name)).result(TOLD)).toBe(`hello ${name}`);
    }
    expect(app.host.getStats().jobsProcessed).toBe(3);
  }, 30_000);

  it("one takes at once what another that is full can't begin", async () => {
    let openGate = (): void => {};
    const opened = new Promise<void>((resolve) => {
      openGate = resolve;
    });
    const entered: string[] = [];
    const held = (where: string) =>
      defineWorkflow({
        id: "held",
        run: (ctx) =>
          ctx.step("held", async () => {
            entered.push(where);
            if (where === "full") await opened;
            return where;
          }),
      });
    const full = await open({ workflows: [held("full")], concurrency: 1 });
    const first = await full.start(held("full"), undefined);
    await vi.waitFor(() => expect(entered).toEqual(["full"]), SOON);
    await open({ workflows: [held("free")] });
    await listening(2);
    const second = await full.start(held("full"), undefined);
    expect(await second.result(TOLD)).toBe("free");
    openGate();
    expect(await first.result(TOLD)).toBe("full");
  }, 30_000);

  it("one whose listening was ended hears again, of what it missed too", async () => {
    await open();
    const other = await starter();
    const [listener] = await listening(1);
    await askPostgres(server.url, "SELECT pg_terminate_backend($1)", [listener?.pid]);
    const missed = await other.start(hello, "missed");
    expect(await missed.result(TOLD)).toBe("hello missed");
    expect(await (await other.start(hello, "again")).result(TOLD)).toBe("hello again");
  }, 30_000);

  it("one whose connections were cut hears again, of what it missed too", async () => {
    const between = await proxy(database.url);
    ended.push(() => between.close());
    await open({ logger: { log: () => {} } }, between.url);
    const other = await starter();
    await listening(1);
    between.cut();
    const missed = await other.start(hello, "missed");
    expect(await missed.result(TOLD)).toBe("hello missed");
    expect(await (await other.start(hello, "again")).result(TOLD)).toBe("hello again");
  }, 30_000);

  it("where notifications are swallowed work starts within the poll interval [43]", async () => {
    const between = await deafProxy(database.url);
    ended.push(() => between.close());
    const said: string[] = [];
    const logger = { log: (_: string, message: string) => void said.push(message) };
    await open({ host: { jobPollIntervalMs: 200 }, logger }, between.url);
    const other = await starter();
    await vi.waitFor(() => expect(said.join()).toMatch(/NOTIFY does not arrive/), SOON);
    expect(await (await other.start(hello, "poll")).result(TOLD)).toBe("hello poll");
    expect(between.swallowed()).toBeGreaterThan(0);
  }, 30_000);

  it("a process that starts a run and stops at once has told it", async () => {
    const app = await open();
    await listening(1);
    const brief = await starter();
    const { id } = await brief.start(hello, "brief");
    await brief.stop();
    expect(await app.run(id).result(TOLD)).toBe("hello brief");
  }, 30_000);

  it("an app that has stopped leaves no connection", async () => {
    const app = await open();
    const other = await starter();
    await (await other.start(hello, "x")).result(TOLD);
    await Promise.all([app.stop(), other.stop()]);
    await vi.waitFor(async () => {
      const find = "SELECT query FROM pg_stat_activity WHERE datname = $1";
      expect(await askPostgres(server.url, find, [database.name])).toEqual([]);
    }, SOON);
  }, 30_000);
});
