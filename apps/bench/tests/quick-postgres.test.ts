import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeOn, postgres, redis } from "@pawl/services/vitest";
import { expect, it, vi } from "vitest";
import type { Results } from "../src/report/results.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** And the database `postgres`. */
const TEMPLATES = 3;

describeOn("a quick look at PostgreSQL", await postgres(), () => {
  it("measures the bare driver and a peer on a server of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    const json = join(folder, "results.json");
    const args = ["--quick", "--store", "postgres", "--json", json];
    const engines = ["bare", "dbos-in-process"].flatMap((name) => ["--engine", name]);
    const workloads = ["parallel", "distance"].flatMap((name) => ["--workload", name]);
    const ran = spawnSync(
      process.execPath,
      ["--conditions=source", PROGRAM, ...args, ...engines, ...workloads],
      { encoding: "utf8" },
    );
    expect(ran.stderr).toContain("1/1 parallel dbos-in-process on");
    expect(ran.status).toBe(0);
    const results = JSON.parse(readFileSync(json, "utf8")) as Results;
    expect(results).toMatchObject({ store: "postgres", lost: [], bars: [] });
    expect(results.machine.server).toContain("synchronous_commit=on");
    expect(results.figures.map(({ engine, id }) => `${engine} ${id}`)).toEqual([
      "bare run",
      "dbos-in-process run",
      ...["steps1", "steps5", "rate", "live"].map((id) => `bare ${id}`),
      ...["steps1", "steps5", "rate", "live"].map((id) => `dbos-in-process ${id}`),
    ]);
    for (const { median } of results.figures) expect(median).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  }, 120_000);

  it("kills a worker of a fleet, and sees every run end", () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    const json = join(folder, "results.json");
    const args = ["--quick", "--store", "postgres", "--workload", "kills", "--engine", "pawl"];
    const ran = spawnSync(
      process.execPath,
      ["--conditions=source", PROGRAM, ...args, "--json", json],
      { encoding: "utf8" },
    );
    expect(ran.status, ran.stderr).toBe(0);
    const { figures } = JSON.parse(readFileSync(json, "utf8")) as Results;
    const found = new Map(figures.map(({ id, median }) => [id, median]));
    expect(found.get("left")).toBe(0);
    expect(found.get("p50")).toBeGreaterThan(0);
    expect(found.get("p99")).toBeGreaterThanOrEqual(found.get("p50") as number);
    rmSync(folder, { recursive: true });
  }, 120_000);

  it("interrupted, leaves neither folders nor the server with its databases", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    // Servers do not run as root, but keep their data below.
    chmodSync(folder, 0o711);
    const args = ["--store", "postgres", "--workload", "server-idle", "--engine", "pawl"];
    const child = spawn(process.execPath, ["--conditions=source", PROGRAM, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, TMPDIR: folder },
    });
    try {
      let said = "";
      child.stderr.on("data", (data: Buffer) => {
        said += data;
      });
      const ended = once(child, "close");
      await vi.waitUntil(() => databasesBelow(folder) > TEMPLATES, { timeout: 30_000 });
      const server = serverBelow(folder);
      expect(isThere(server)).toBe(true);
      child.kill("SIGINT");
      expect(await ended).toEqual([130, null]);
      expect(said).toBe("Interrupted; nothing is left behind.\n");
      expect(readdirSync(folder)).toEqual([]);
      expect(isThere(server)).toBe(false);
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, maxRetries: 5 });
    }
  }, 60_000);
});

describeOn("a quick look at queues for jobs", await redis(), () => {
  it("measures BullMQ on Redis and on PostgreSQL", () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    const json = join(folder, "results.json");
    const args = ["--quick", "--store", "postgres", "--workload", "jobs", "--json", json];
    const engines = ["bullmq", "bullmq-postgres"].flatMap((name) => ["--engine", name]);
    const ran = spawnSync(process.execPath, ["--conditions=source", PROGRAM, ...args, ...engines], {
      encoding: "utf8",
    });
    expect(ran.stderr).toContain("1/1 jobs bullmq-postgres on");
    expect(ran.status).toBe(0);
    const { figures } = JSON.parse(readFileSync(json, "utf8")) as Results;
    expect(figures.map(({ engine, id }) => `${engine} ${id}`)).toEqual([
      "bullmq adds",
      "bullmq processed",
      "bullmq-postgres adds",
      "bullmq-postgres processed",
    ]);
    for (const { median } of figures) expect(median).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  }, 120_000);
});

function databasesBelow(folder: string): number {
  const base = join(dataBelow(folder), "base");
  return existsSync(base) ? readdirSync(base).filter((name) => /^\d+$/.test(name)).length : 0;
}

/** The process id of the server. */
const serverBelow = (folder: string): number =>
  Number.parseInt(readFileSync(join(dataBelow(folder), "postmaster.pid"), "utf8"), 10);

function dataBelow(folder: string): string {
  const name = readdirSync(folder).find((each) => each.startsWith("pawl-postgres-")) ?? "";
  return join(folder, name, "data");
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
