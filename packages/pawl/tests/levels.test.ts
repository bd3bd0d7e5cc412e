import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createS3BlobStore } from "@pawl/blob-s3";
import {
  freshBucket,
  freshDatabase,
  freshQueue,
  isSkipped,
  privateRedis,
  SQS_ACCESS,
} from "@pawl/services";
import { describeOn, postgres, sqs } from "@pawl/services/vitest";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Environment, Pawl, PawlOptions, RunHandle } from "../src/index.ts";
import { defineWorkflow, pawl } from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000 });

const RUNS = 20;
/** How many move: 150, and by hand 1,000. */
const MOVING_RUNS = Number(process.env.PAWL_MOVING_RUNS ?? 150);
const TIMEOUT_MS = 60_000 + 400 * MOVING_RUNS;
const STEPS = ["one", "two", "three"];
/** More than a row takes: it goes where blobs are. */
const LARGE = "x".repeat(40_000);

/** Bodies of steps by run and key, as often as they were entered. */
const bodies: string[] = [];

const three = defineWorkflow({
  id: "three",
  run: async (ctx, n: number) => {
    let text = "";
    for (const step of STEPS) {
      text = await ctx.step(step, () => {
        bodies.push(`${n} ${step}`);
        return `${n} ${step} ${LARGE}`;
      });
      await ctx.sleep(`after ${step}`, 20);
    }
    return text.length;
  },
});

const everyBodyOnce = (runs: number): readonly string[] =>
  Array.from({ length: runs }, (_, n) => STEPS.map((step) => `${n} ${step}`))
    .flat()
    .toSorted();

const endings: (() => Promise<unknown>)[] = [];
let directory: string;
beforeEach(async () => {
  bodies.length = 0;
  vi.stubEnv("AWS_ACCESS_KEY_ID", SQS_ACCESS.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SQS_ACCESS.credentials.secretAccessKey);
  directory = await mkdtemp(join(tmpdir(), "pawl-levels-"));
  endings.push(() => rm(directory, { recursive: true }));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  vi.unstubAllEnvs();
});

async function open(environment: Environment, options: Partial<PawlOptions> = {}): Promise<Pawl> {
  const app = await pawl({ workflows: [three], environment, ...options });
  endings.push(() => app.stop());
  return app;
}

const sqlite = (): Environment => ({ PAWL_DATABASE_URL: `file:${join(directory, "pawl.db")}` });

async function onPostgres(server: { readonly url: string }): Promise<Environment> {
  const database = await freshDatabase(server);
  endings.push(() => database.drop());
  const blobs = `file:${join(directory, "blobs")}`;
  return { PAWL_DATABASE_URL: database.url, PAWL_MIGRATE: "auto", PAWL_BLOB_URL: blobs };
}

async function sqsQueue(server: { readonly url: string }): Promise<string> {
  const { url, drop } = await freshQueue(server);
  endings.push(drop);
  return `sqs+${url}?region=${SQS_ACCESS.region}`;
}

/** A bucket, and the store of what is in it below a prefix. */
async function bucketOf({ url: endpoint }: { readonly url: string }) {
  const { name: bucket, drop } = await freshBucket({ url: endpoint });
  const { region } = SQS_ACCESS;
  const store = createS3BlobStore({ bucket, prefix: "large/", endpoint, region });
  const keys = async () => (await store.list("")).map(({ key }) => key);
  endings.push(async () => {
    for (const key of await keys()) await store.delete(key);
    await drop();
  });
  return { store, keys, url: `s3://${bucket}/large?region=${region}&endpoint=${endpoint}` };
}

/** The same program everywhere: one process starts the runs, two others carry them out. */
async function carryOut(environment: Environment, options: Partial<PawlOptions>): Promise<void> {
  const workers = [await open(environment, options), await open(environment, options)];
  const starter = await open(environment, { worker: false });
  const runs = await Promise.all(Array.from({ length: RUNS }, (_, n) => starter.start(three, n)));
  const lengths = await Promise.all(runs.map((run) => run.result({ timeoutMs: 15_000 })));
  expect(lengths).toEqual(runs.map((_, n) => `${n} three ${LARGE}`.length));
  expect(bodies.toSorted()).toEqual(everyBodyOnce(RUNS));
  const done = workers.map(({ host }) => host.getStats().jobsSucceeded);
  expect(done.reduce((total, jobs) => total + jobs, 0)).toBeGreaterThanOrEqual(RUNS);
}

const ownRedis = await privateRedis();
const servers = { postgres: await postgres(), sqs: await sqs() };
afterAll(() => (isSkipped(ownRedis) ? undefined : ownRedis.remove()));

/** So long that whatever ends in time was brought by the transport. */
const SELDOM = { host: { jobPollIntervalMs: 60_000 } };

describeOn("an app whose environment names Redis", ownRedis, ({ url }) => {
  it("on SQLite: the same program, its jobs brought by Redis [107, 145]", async () => {
    await carryOut({ ...sqlite(), PAWL_QUEUE_URL: `${url}/1` }, SELDOM);
  });

  it("serves the queues that its host or its stages name [145]", async () => {
    const slow = defineWorkflow({ id: "slow", queue: "slow", run: async () => "slow" });
    const environment = { ...sqlite(), PAWL_QUEUE_URL: `${url}/2` };
    const workflows = [three, slow];
    await open(environment, { workflows, host: { queues: ["default"], ...SELDOM.host } });
    const starter = await open(environment, { workflows, worker: false });
    const waits = await starter.start(slow);
    expect(await (await starter.start(three, 1)).result({ timeoutMs: 20_000 })).toBeGreaterThan(0);
    expect(await waits.status()).toBe("running");
    await open(environment, { workflows, ...SELDOM });
    expect(await waits.result({ timeoutMs: 20_000 })).toBe("slow");
  });

  it("logs no password of it, and lets the program's own transports win", async () => {
    const lines: unknown[] = [];
    const log = (...line: unknown[]): void => void lines.push(line, String(line[2]));
    const { host } = new URL(url);
    const environment = { ...sqlite(), PAWL_QUEUE_URL: `redis://nobody:s3cretword@${host}` };
    const app = await open(environment, { logger: { log } });
    await app.start(three, 1);
    await vi.waitFor(() => expect(lines).not.toEqual([]), { timeout: 20_000 });
    await app.stop();
    expect(everythingIn(lines)).toContain("WRONGPASS");
    expect(everythingIn(lines)).not.toContain("s3cretword");
    const own = await open({ ...environment, PAWL_QUEUE_URL: "nonsense" }, { transports: [] });
    expect(await own.run((await own.start(three, 2)).id).result()).toBeGreaterThan(0);
  });
});

/** Also what is no enumerable property, and the causes of causes. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const keys = Reflect.ownKeys(value) as (keyof typeof value)[];
  return keys.map((key) => `${String(key)} ${everythingIn(value[key], seen)}`).join(" ");
}

describeOn("an app whose environment names SQS and S3", servers.sqs, (emulator) => {
  describeOn("beside Postgres", servers.postgres, (server) => {
    it("runs the same program, its jobs brought by SQS, its blobs in S3 [107, 146]", async () => {
      const bucket = await bucketOf(emulator);
      const environment = {
        ...(await onPostgres(server)),
        PAWL_QUEUE_URL: await sqsQueue(emulator),
        PAWL_BLOB_URL: bucket.url,
      };
      await carryOut(environment, {});
      expect((await bucket.keys()).length).toBeGreaterThanOrEqual(RUNS * STEPS.length);
    });

    it("keeps a program's own blob store apart from what the environment says", async () => {
      const { store: blobStore, keys } = await bucketOf(emulator);
      const environment = { ...(await onPostgres(server)), PAWL_BLOB_URL: "nonsense:" };
      const app = await open(environment, { blobStore });
      await (await app.start(three, 1)).result({ timeoutMs: 20_000 });
      expect(await keys()).toHaveLength(STEPS.length);
    });
  });

  describeOn("and before that Redis", ownRedis, (redis) => {
    describeOn("beside Postgres", servers.postgres, (server) => {
      it(
        `moves ${MOVING_RUNS} runs from SQL to BullMQ to SQS, none lost, none doubled [148]`,
        async () => {
          const place = await onPostgres(server);
          const old = `${redis.url}/3 sql:`;
          const queues = ["sql:", old, `${await sqsQueue(emulator)} ${old}`];
          const runs: RunHandle<unknown>[] = [];
          let before: readonly Pawl[] = [];
          for (const [phase, PAWL_QUEUE_URL] of queues.entries()) {
            const environment = { ...place, PAWL_QUEUE_URL };
            const fleet = [await open(environment), await open(environment)];
            const [starter] = fleet;
            const upTo = Math.ceil((MOVING_RUNS * (phase + 1)) / queues.length);
            const numbers = Array.from({ length: upTo - runs.length }, (_, i) => runs.length + i);
            const starting = numbers.map((n) => (starter as Pawl).start(three, n));
            const entered = bodies.length;
            await vi.waitFor(() => expect(bodies.length).toBeGreaterThan(entered), {
              timeout: 20_000,
            });
            expect(bodies.length).toBeLessThan(upTo * STEPS.length);
            await Promise.all(before.map((app) => app.stop()));
            runs.push(...(await Promise.all(starting)));
            before = fleet;
          }
          const [app] = before as readonly [Pawl];
          const ids = runs.map(({ id }) => id);
          await Promise.all(ids.map((id) => app.run(id).result({ timeoutMs: 0.4 * TIMEOUT_MS })));
          expect(bodies.toSorted()).toEqual(everyBodyOnce(MOVING_RUNS));
          for (const id of ids) {
            const { steps, events } = await app.kernel.query.getTimeline(id);
            expect(steps.map(({ status }) => status)).toEqual(STEPS.map(() => "completed"));
            expect(events.filter(({ type }) => type === "run.completed")).toHaveLength(1);
          }
        },
        TIMEOUT_MS,
      );
    });
  });
});
