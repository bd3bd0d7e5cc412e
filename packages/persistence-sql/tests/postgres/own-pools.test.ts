import { afterEach, expect, test } from "vitest";
import { planOnce, poolsOf } from "../../src/postgres/own-pools.ts";
import { onPostgres } from "./on-postgres.ts";

onPostgres("connections of its own", (place) => {
  const opened: { end(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const pool of opened.splice(0)) await pool.end();
  });

  const pools = async (poolMax?: number) => {
    const { url } = place().schema;
    const made = await poolsOf({ url, ...(poolMax ? { poolMax } : {}) });
    opened.push(...[made.pool, made.planned].flatMap((pool) => pool ?? []));
    return made;
  };

  const mode = async (connection: { query(text: string): Promise<{ rows: unknown[] }> }) => {
    const { rows } = await connection.query("SELECT current_setting('plan_cache_mode') AS mode");
    return (rows[0] as { readonly mode: string }).mode;
  };

  test("those for commits and claims plan a text once, the others by its values", async () => {
    const { pool, planned } = await pools();
    if (!planned) throw new Error("there are none for commits");
    expect([await mode(planned), await mode(pool)]).toEqual(["force_generic_plan", "auto"]);
  });

  test("are never more than asked for, and without a split when they are few", async () => {
    const few = await pools(4);
    const many = await pools(12);
    const most = ({ pool, planned }: typeof few) => [pool.options.max, planned?.options.max];
    expect([most(few), most(many)]).toEqual([
      [4, undefined],
      [8, 4],
    ]);
  });

  test("behind a pooler, which names another process to the client, nothing is set", async () => {
    const { pool } = await pools(1);
    const client = await pool.connect();
    const lent = { query: client.query.bind(client), processID: 1 };
    await planOnce(lent as never);
    const behind = await mode(client);
    await planOnce(client as never);
    expect([behind, await mode(client)]).toEqual(["auto", "force_generic_plan"]);
    client.release(true);
  });
});
