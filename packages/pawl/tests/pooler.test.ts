import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FreshDatabase,
  freshDatabase,
  isSkipped,
  type OwnServer,
  privatePgbouncer,
} from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { defineWorkflow, type Pawl, type PawlOptions, pawl } from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const RUNS = 30;

const sum = defineWorkflow({
  id: "sum",
  async run(ctx, n: number) {
    const one = await ctx.step("one", () => n + 1);
    await ctx.sleep("pause", 50);
    return ctx.step("two", () => one * 2);
  },
});

const server = await postgres();
const pooler = isSkipped(server) ? server : await privatePgbouncer(server);

describeOn("apps behind a PgBouncer in transaction mode", pooler, (bouncer) => {
  let database: FreshDatabase;
  let directory: string;
  let url: string;
  beforeAll(async () => {
    database = await freshDatabase(server as { readonly url: string });
    const through = new URL(database.url);
    through.host = new URL(bouncer.url).host;
    url = through.href;
    directory = await mkdtemp(join(tmpdir(), "pawl-pooler-"));
  });
  afterAll(async () => {
    await (bouncer as OwnServer).remove();
    await database.drop();
    await rm(directory, { recursive: true });
  });

  const open = (more: Partial<PawlOptions>): Promise<Pawl> => {
    const environment = { PAWL_DATABASE_URL: url, PAWL_MIGRATE: "auto" };
    return pawl({ workflows: [sum], directory, environment, prepare: false, ...more });
  };

  it("carry out what others start, by looking, and keep their leases [43]", async () => {
    const worker = await open({ host: { jobPollIntervalMs: 50, leaseTtlMs: 6_000 } });
    const starter = await open({ worker: false });
    const runs = await Promise.all(Array.from({ length: RUNS }, (_, n) => starter.start(sum, n)));
    const results = await Promise.all(runs.map((run) => run.result({ timeoutMs: 30_000 })));
    expect(results).toEqual(Array.from({ length: RUNS }, (_, n) => (n + 1) * 2));
    const seen = async () => (await worker.kernel.query.listWorkers())[0];
    const first = await seen();
    await vi.waitFor(
      async () => {
        const now = await seen();
        expect(now).toMatchObject({ id: first?.id, epoch: first?.epoch, status: "active" });
        expect(now?.beatAt).toBeGreaterThan((first?.beatAt ?? 0) + 4_000);
      },
      { timeout: 30_000, interval: 200 },
    );
    await Promise.all([starter.stop(), worker.stop()]);
  });
});
