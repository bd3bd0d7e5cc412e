import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshDatabase } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import pg from "pg";
import { afterEach, expect, it, vi } from "vitest";
import { defineWorkflow, pawl } from "../src/index.ts";

const idle = defineWorkflow({ id: "idle", run: async () => "done" });

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

describeOn("a session that is reaped", await postgres(), (server) => {
  it("loses what it was just about to claim, too [37]", async () => {
    const database = await freshDatabase(server);
    ended.push(() => database.drop());
    const directory = await mkdtemp(join(tmpdir(), "pawl-claims-"));
    ended.push(() => rm(directory, { recursive: true }));
    const environment = { PAWL_DATABASE_URL: database.url, PAWL_MIGRATE: "auto" };
    const app = await pawl({ workflows: [idle], directory, environment, worker: false });
    ended.push(() => app.stop());
    const claimer = new pg.Client(database.url);
    await claimer.connect();
    ended.push(() => claimer.end());

    const worker = { workerId: "lost", host: "elsewhere", pid: 1 };
    const { id, epoch } = await app.kernel.dispatch({ type: "worker.register", ...worker });
    await app.start(idle);
    await claimer.query("UPDATE workers SET expires_at = 1");
    // A claim that began while the lease lasted, and has not yet committed.
    await claimer.query("BEGIN");
    await claimer.query("SELECT 1 FROM workers FOR SHARE");
    await claimer.query(
      "UPDATE stages SET status = 'running', fence = fence + 1, session = $1, session_epoch = $2",
      [id, epoch],
    );
    const reaping = app.kernel.dispatch({ type: "lease.reapStale" });
    await claimer.query("SELECT pg_sleep(0.05)");
    await claimer.query("COMMIT");
    await reaping;

    await vi.waitFor(async () => {
      await app.kernel.dispatch({ type: "lease.reapStale" });
      const { rows } = await claimer.query("SELECT status, fence::int FROM stages");
      expect(rows).toEqual([{ status: "ready", fence: 2 }]);
    }, 10_000);
  });
});
