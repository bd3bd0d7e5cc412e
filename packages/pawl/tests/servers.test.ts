import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshDatabase, sqlClient } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { afterEach, expect, it } from "vitest";
import {
  defineWorkflow,
  type Environment,
  type Pawl,
  type PawlOptions,
  pawl,
} from "../src/index.ts";

/** Bodies of steps by their idempotency key. */
const entered: string[] = [];

const sum = defineWorkflow({
  id: "sum",
  async run(ctx, upTo: number) {
    let total = 0;
    for (let n = 1; n <= upTo; n++) {
      total += await ctx.step(`add ${n}`, ({ idempotencyKey }) => {
        entered.push(idempotencyKey);
        return n;
      });
    }
    await ctx.sleep("pause", 20);
    return total;
  },
});

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

/** A new database of a server, and apps that open it as the environment says. */
async function freshPlace(server: { readonly url: string }) {
  const database = await freshDatabase(server);
  ended.push(() => database.drop());
  const directory = await mkdtemp(join(tmpdir(), "pawl-servers-"));
  ended.push(() => rm(directory, { recursive: true }));
  const open = async (
    more: Environment,
    worker = true,
    names: Pick<PawlOptions, "schema" | "tablePrefix"> = {},
  ): Promise<Pawl> => {
    const environment = { PAWL_DATABASE_URL: database.url, ...more };
    const app = await pawl({ workflows: [sum], directory, environment, worker, ...names });
    ended.push(() => app.stop());
    return app;
  };
  return { open, url: database.url };
}

const servers = { Postgres: await postgres(), MariaDB: await mariadb() };

for (const [name, place] of Object.entries(servers)) {
  describeOn(`an app on ${name}`, place, (server) => {
    it("creates no tables unasked, and says how to", async () => {
      const { open } = await freshPlace(server);
      await expect(open({})).rejects.toMatchObject({
        code: "E_SCHEMA_MISSING",
        message: expect.stringMatching(
          /lacks migrations 1, .*: run "pawl migrate" first, or set PAWL_MIGRATE=auto$/,
        ),
      });
      const app = await open({ PAWL_MIGRATE: "auto" });
      expect(await (await app.start(sum, 4)).result()).toBe(10);
      const reader = await open({}, false);
      const { runs } = await reader.kernel.query.listRuns({ limit: 2 });
      expect(runs).toMatchObject([{ workflowId: "sum", status: "completed" }]);
    });

    it("keeps its tables apart from others by prefix and schema", async () => {
      const { open, url } = await freshPlace(server);
      const client = sqlClient(url);
      ended.push(() => client.close());
      await client.rows("CREATE TABLE events (id INT)");
      await expect(open({ PAWL_MIGRATE: "auto" })).rejects.toMatchObject({
        code: "E_SCHEMA_TAKEN",
        details: { tables: ["events"] },
      });
      const inSchema = name === "Postgres" ? { schema: "engine" } : {};
      const names = { ...inSchema, tablePrefix: "pawl_" };
      const says = `${name === "Postgres" ? "--schema engine " : ""}--table-prefix pawl_" first`;
      await expect(open({}, true, names)).rejects.toThrow(says);
      const app = await open({ PAWL_MIGRATE: "auto" }, true, names);
      const run = await app.start(sum, 2);
      expect(await run.result()).toBe(3);
      const table = name === "Postgres" ? "engine.pawl_runs" : "pawl_runs";
      expect(await client.rows(`SELECT id FROM ${table}`)).toEqual([{ id: run.id }]);
    });

    it("three workers share what another process starts, and do each step once [141]", async () => {
      const { open } = await freshPlace(server);
      const apps = [await open({ PAWL_MIGRATE: "auto" }), await open({}), await open({})];
      const starter = await open({}, false);
      const runs = await Promise.all(Array.from({ length: 60 }, () => starter.start(sum, 3)));
      expect(await Promise.all(runs.map((run) => run.result()))).toEqual(runs.map(() => 6));
      const own = entered.filter((key) => runs.some(({ id }) => key.startsWith(id)));
      expect([own.length, new Set(own).size]).toEqual([180, 180]);
      const done = apps.map(({ host }) => host.getStats().jobsProcessed);
      expect(done.reduce((total, jobs) => total + jobs, 0)).toBeGreaterThanOrEqual(60);
    });
  });
}
