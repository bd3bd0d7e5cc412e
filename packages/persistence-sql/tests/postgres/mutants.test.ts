import { describeOn, postgres } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failingCase } from "../mutants/failing-case.ts";
import { Planting, type SqlMutant, whole } from "../mutants/sql-mutant.ts";
import { holdRow } from "./hold-row.ts";
import { MUTANTS } from "./mutants.ts";
import { type TemporaryDatabase, temporaryDatabase } from "./temporary-database.ts";

/** What waits for a lock where it should not is given up soon. */
const STATEMENT_TIMEOUT_MS = 400;

type Query = (...given: unknown[]) => unknown;

/** Connections whose statements carry the fault. */
function poolWith(planting: Planting, url: string): pg.Pool {
  class PlantedClient extends pg.Client {
    override query: never = ((config: { text: string }, ...rest: unknown[]) => {
      const query = super.query as Query;
      const answer = query.call(this, { ...config, text: planting.into(config.text) }, ...rest);
      return planting.watch(answer as Promise<unknown>);
    }) as never;
  }
  const pool = new pg.Pool({ connectionString: url, max: 8, Client: PlantedClient });
  pool.on("error", () => {});
  return pool;
}

describeOn("the suite catches an adapter of PostgreSQL where", await postgres(), (server) => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase(server);
  });
  afterAll(() => database.drop());

  /** Title of a case that fails with the fault, and how it was planted. */
  async function tried(mutant: SqlMutant) {
    const planting = new Planting(mutant);
    const pool = poolWith(planting, database.url);
    const seen = await failingCase(
      mutant.seen,
      {
        name: mutant.name,
        capabilities: { handles: true, foreignTransactions: "rows", lostAcknowledgements: true },
        async create() {
          const place = database.schema();
          await (await place.open()).close();
          const open = () => place.open({ pool, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
          return {
            ...losing(await open()),
            clock: place.clock,
            second: open,
            hold: (row) => holdRow(place, row),
            destroy: place.remove,
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

  test.each([...new Set(MUTANTS.map(({ seen }) => seen))])(
    "nothing is wrong: %s",
    async (title) => {
      expect((await tried(whole(title))).seen).toBeUndefined();
    },
  );
});
