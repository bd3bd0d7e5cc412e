import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Results } from "../src/report/results.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a quick look at Pawl prints a table and writes its results", () => {
  const json = join(folder, "results.json");
  const chosen = ["drain", "parallel", "cost"].flatMap((name) => ["--workload", name]);
  const args = ["--conditions=source", PROGRAM, "--quick", "--engine", "pawl", "--json", json];
  const ran = spawnSync(process.execPath, [...args, ...chosen], { encoding: "utf8" });
  expect(ran.stderr).toContain("1/1 drain pawl FULL");
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain("200 parallel steps, start to result");
  expect(ran.stdout).toContain("2,000 starts, no worker (quick: 50)");
  expect(ran.stdout).toContain("Quick: these figures mean nothing.");

  const results = JSON.parse(readFileSync(json, "utf8")) as Results;
  expect(results).toMatchObject({
    format: 1,
    quick: true,
    repetitions: 1,
    ratios: [],
    bars: [],
    lost: [],
  });
  expect(results.machine.node).toBe(process.versions.node);
  expect(results.engines).toMatchObject([{ name: "pawl", title: "Pawl", version: "0.0.0" }]);
  const ids = results.figures.map(
    ({ workload, id, synchronous }) => `${workload} ${id} ${synchronous}`,
  );
  expect(ids).toEqual([
    "drain live FULL",
    "drain starts FULL",
    "drain backlog FULL",
    "drain live NORMAL",
    "drain starts NORMAL",
    "drain backlog NORMAL",
    "parallel run FULL",
    "parallel run NORMAL",
    ...["commits", "statements", "bytes"].map((id) => `cost alone.${id} FULL`),
    ...["commits", "statements", "bytes"].map((id) => `cost loaded.${id} FULL`),
  ]);
  for (const { median, samples } of results.figures) {
    expect(median).toBeGreaterThan(0);
    expect(samples).toEqual([median]);
  }
  const commits = results.figures.find(({ id }) => id === "alone.commits");
  expect(commits?.median).toBeGreaterThanOrEqual(1 + 3 + 1);
}, 60_000);

it("a word that it does not know ends it with code 2", () => {
  const args = ["--conditions=source", PROGRAM, "--engine", "another"];
  const ran = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain('not "another"');
});

it("OpenWorkflow has no figure of a run that is longer than it allows", () => {
  const json = join(folder, "results.json");
  const chosen = ["--workload", "long-run", "--engine", "openworkflow", "--json", json];
  const args = ["--conditions=source", PROGRAM, "--quick", ...chosen];
  expect(spawnSync(process.execPath, args, { encoding: "utf8" }).status).toBe(0);
  const { figures } = JSON.parse(readFileSync(json, "utf8")) as Results;
  const ids = new Set(figures.map(({ id }) => id));
  expect([...ids]).toContain("rate.1000");
  expect([...ids].filter((id) => id.endsWith(".10000"))).toEqual([]);
  expect(figures.find(({ id }) => id === "last.1000")?.title).toBe(
    "steps 901–1,000 (quick: 101–200)",
  );
}, 60_000);

it("interrupted, it leaves nothing behind", async () => {
  const args = ["--conditions=source", PROGRAM, "--workload", "idle", "--engine", "pawl"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
  try {
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said += data;
    });
    const ended = once(child, "close");
    await vi.waitUntil(() => readdirSync(folder).some(hasStore), { timeout: 30_000 });
    child.kill("SIGTERM");
    expect(await ended).toEqual([130, null]);
    expect(said).toBe("Interrupted; nothing is left behind.\n");
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    child.kill("SIGKILL");
  }
}, 60_000);

it("when nobody reads on, it ends and leaves nothing behind", async () => {
  const args = ["--conditions=source", PROGRAM, "--quick", "--engine", "pawl"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
  try {
    const ended = once(child, "exit");
    child.stderr.once("data", () => child.stderr.destroy());
    expect(await ended).toEqual([130, null]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    child.kill("SIGKILL");
  }
}, 60_000);

const hasStore = (name: string): boolean =>
  name.startsWith("pawl-bench-") && readdirSync(join(folder, name)).length > 0;
