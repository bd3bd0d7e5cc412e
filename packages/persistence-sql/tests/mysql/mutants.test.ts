import { describeOn, mariadb } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { createPool, type Pool, type PoolConnection, type QueryOptions } from "mariadb";
import { afterAll, expect, test, vi } from "vitest";
import { settings } from "../../src/mysql/settings.ts";
import type { Verdict, verdictOf } from "../../src/mysql/verdict.ts";
import { failingCase } from "../mutants/failing-case.ts";
import { Planting, type SqlMutant, whole } from "../mutants/sql-mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { MysqlDatabase } from "./mysql-store.ts";

/** What decisions on locked rows never answer, while a test wants it so. */
let unsaid: Verdict | undefined;

vi.mock("../../src/mysql/verdict.ts", async (original) => {
  const real = (await original()) as { readonly verdictOf: typeof verdictOf };
  return {
    verdictOf: (...given: Parameters<typeof verdictOf>) => {
      const verdict = real.verdictOf(...given);
      return verdict === unsaid ? undefined : verdict;
    },
  };
});

const UNSAID: readonly (readonly [Verdict, string])[] = [
  ["rev", "COMMIT-9 guard rev:"],
  ["terminal", "COMMIT-9 guard live:"],
  ["fence", "COMMIT-9 guard stage:"],
  ["exists", "COMMIT-9 guard absent:"],
  ["unlocked", "COMMIT-7"],
];

type Given = string | QueryOptions;

/** A pool whose statements carry the fault. */
function poolWith(planting: Planting, url: string): Pool {
  const { hostname, port, username, password, pathname } = new URL(url);
  const pool = createPool({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    connectionLimit: 8,
    initSql: [...settings(30_000)],
  });
  const planted = (given: Given): Given =>
    typeof given === "string" ? planting.into(given) : { ...given, sql: planting.into(given.sql) };
  const wrapped = (connection: PoolConnection): PoolConnection =>
    new Proxy(connection, {
      get(target, name) {
        const found = Reflect.get(target, name, target);
        if (typeof found !== "function") return found;
        if (name !== "execute" && name !== "batch" && name !== "query") return found.bind(target);
        return (given: Given, ...rest: unknown[]) =>
          planting.watch(found.call(target, planted(given), ...rest));
      },
    });
  return new Proxy(pool, {
    get(target, name) {
      if (name === "getConnection") return async () => wrapped(await target.getConnection());
      const found = Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

describeOn("the suite catches an adapter of MariaDB where", await mariadb(), (server) => {
  const database = MysqlDatabase.on(server);
  afterAll(async () => (await database).drop());

  /** Title of a case that fails with the fault, and how it was planted. */
  async function tried(mutant: SqlMutant) {
    const planting = new Planting(mutant);
    const pool = poolWith(planting, (await database).url);
    const seen = await failingCase(
      mutant.seen,
      {
        name: mutant.name,
        capabilities: { handles: true, foreignTransactions: "rows", lostAcknowledgements: true },
        async create() {
          const store = (await database).store();
          const open = () => store.open({ pool });
          return {
            ...losing(await open()),
            clock: store.clock,
            second: open,
            hold: (row) => store.hold(row),
            destroy: () => store.remove(),
          };
        },
      },
      expect,
    );
    await pool.end();
    return { seen, planting };
  }

  test.each(MUTANTS)("$name ($seen)", async (mutant) => {
    const { seen, planting } = await tried(mutant);
    expect(planting.refused, "texts that the server does not understand").toEqual([]);
    expect(planting.planted, "texts with the fault").toBeGreaterThan(0);
    expect(seen, `a case of ${mutant.seen} fails`).toBeDefined();
  });

  test.each(UNSAID)("what is under lock never decides %s (%s)", async (verdict, title) => {
    unsaid = verdict;
    const { seen } = await tried(whole(title)).finally(() => {
      unsaid = undefined;
    });
    expect(seen, `a case of ${title} fails`).toBeDefined();
  });

  const titles = [...MUTANTS.map(({ seen }) => seen), ...UNSAID.map(([, title]) => title)];

  test.each([...new Set(titles)])("nothing is wrong: %s", async (title) => {
    expect((await tried(whole(title))).seen).toBeUndefined();
  });
});
