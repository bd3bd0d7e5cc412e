import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeOn, redis } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import type { Results } from "../src/report/results.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const PICKED_UP = ["called", "answered"].flatMap((from) =>
  [50, 95, 99].map((percent) => `${from}.p${percent}`),
);

describeOn("a quick look at transports", await redis(), () => {
  it("measures Pawl over each of them, and the brokers by themselves", () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    const json = join(folder, "results.json");
    const args = ["--quick", "--store", "transports", "--json", json];
    const workloads = ["pickup", "jobs"].flatMap((name) => ["--workload", name]);
    const ran = spawnSync(
      process.execPath,
      ["--conditions=source", PROGRAM, ...args, ...workloads],
      { encoding: "utf8" },
    );
    expect(ran.stderr).toContain("1/1 pickup bare-sqs on");
    expect(ran.status).toBe(0);
    const results = JSON.parse(readFileSync(json, "utf8")) as Results;
    expect(results).toMatchObject({ store: "transports", lost: [], bars: [] });
    const { server } = results.machine;
    expect(server).toMatch(/^PostgreSQL .*; Redis \d.*appendfsync=everysec.*; fauxqs/);
    const names = ["pawl-sql", "pawl-bullmq", "pawl-sqs", "bare-bullmq", "bare-sqs"];
    expect(results.figures.map(({ engine, id }) => `${engine} ${id}`)).toEqual([
      ...names.flatMap((name) => PICKED_UP.map((id) => `${name} ${id}`)),
      ...names.flatMap((name) => [`${name} adds`, `${name} processed`]),
    ]);
    // The first line may be reached before the start is answered.
    const called = results.figures.filter(({ id }) => !id.startsWith("answered"));
    for (const { median } of called) expect(median).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  }, 120_000);
});
