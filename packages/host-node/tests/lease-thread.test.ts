import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createKernel, createRegistry } from "@pawl/kernel";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  createIdSource,
  createNodeHost,
  createNodeRuntime,
  type NodeHost,
  systemClock,
} from "../src/index.ts";

const MODULE = new URL("told-heartbeat.ts", import.meta.url).href;
const SECRET = "hunter2";

let folder: string;
let host: NodeHost | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-thread-"));
});
afterEach(async () => {
  await host?.stop();
  rmSync(folder, { recursive: true });
});

/** A host in real time whose thread is told what to do; its own beats and its log are kept. */
async function started(does: string, options: { module?: string; leaseThread?: boolean } = {}) {
  const { module = MODULE, ...more } = options;
  const lines: string[] = [];
  const logger = {
    log: (level: string, message: string, facts: object) =>
      void lines.push(`${level}: ${message} ${JSON.stringify(facts)}`),
  };
  let beats = 0;
  const persistence = createMemoryPersistence({
    faults: ({ method }) => {
      if (method === "heartbeat") beats += 1;
      return undefined;
    },
  });
  const jobTransport = createSqlTransport();
  const runtime = createNodeRuntime();
  const kernel = createKernel({
    persistence,
    jobTransport,
    runtime,
    logger,
    clock: systemClock,
    ids: createIdSource(),
    registry: createRegistry([]),
    blobStore: createMemoryBlobStore(),
  });
  const closedFile = join(folder, "closed");
  host = createNodeHost({
    kernel,
    jobTransport,
    runtime,
    logger,
    workerId: "w1",
    handleSignals: false,
    leaseTtlMs: 3_000,
    heartbeatDescriptor: { module, config: { does, closedFile, url: `db://me:${SECRET}@host` } },
    ...more,
  });
  await host.start();
  return { host, lines, closedFile, beats: () => beats };
}

it("a thread that renews the lease leaves nothing to the main loop, and ends with it", async () => {
  const { host, lines, beats, closedFile } = await started("renew");
  await expect.poll(() => host.getStats().uptimeMs, { timeout: 10_000 }).toBeGreaterThan(4_000);
  expect([beats(), host.getStats().losses, lines]).toEqual([0, 0, []]);
  await host.stop();
  expect(existsSync(closedFile)).toBe(true);
});

it.each([
  ["die", MODULE],
  ["refuseToOpen", MODULE],
  ["whatever", new URL("there-is-none.ts", import.meta.url).href],
])(
  "where its thread ends (%s) the main loop renews the lease, with a warning",
  async (does, module) => {
    const { host, lines, beats } = await started(does, { module });
    await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    expect(host.getStats().losses).toBe(0);
    const warnings = lines.filter((line) => line.includes("the heartbeat's thread ended"));
    expect(warnings).toHaveLength(1);
    expect(lines.join()).not.toContain(SECRET);
  },
);

it("so it does where its thread fails, and says why", async () => {
  const { host, lines, beats } = await started("fail");
  await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  expect(host.getStats().losses).toBe(0);
  expect(lines.join()).toContain("out of reach");
  expect(lines.join()).not.toContain(SECRET);
});

it("there is no thread where none is wanted", async () => {
  const { lines, beats, closedFile, host } = await started("refuseToOpen", { leaseThread: false });
  await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  await host.stop();
  expect([lines, existsSync(closedFile)]).toEqual([[], false]);
});
