import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeOn, mariadb } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import type { Results } from "../src/report/results.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describeOn("a quick look at MariaDB", await mariadb(), () => {
  it("measures Pawl beside the bare driver on a server of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-quick-"));
    const json = join(folder, "results.json");
    const args = ["--quick", "--store", "mariadb", "--json", json];
    const workloads = ["parallel", "server-cost"].flatMap((name) => ["--workload", name]);
    const ran = spawnSync(
      process.execPath,
      ["--conditions=source", PROGRAM, ...args, ...workloads],
      { encoding: "utf8" },
    );
    expect(ran.stderr).toContain("1/1 parallel pawl 1");
    expect(ran.status).toBe(0);
    const results = JSON.parse(readFileSync(json, "utf8")) as Results;
    expect(results).toMatchObject({ store: "mariadb", lost: [], bars: [] });
    expect(results.machine.server).toMatch(/^MariaDB .*innodb_flush_log_at_trx_commit=1/);
    const costs = ["alone.statements", "alone.bytes", "loaded.statements", "loaded.bytes"];
    expect(results.figures.map(({ engine, id }) => `${engine} ${id}`)).toEqual([
      "pawl run",
      "bare run",
      ...costs.map((id) => `pawl ${id}`),
      ...costs.map((id) => `bare ${id}`),
    ]);
    for (const { median } of results.figures) expect(median).toBeGreaterThan(0);
    const inserts = results.figures.filter(
      ({ engine, id }) => engine === "bare" && id.endsWith(".statements"),
    );
    expect(inserts.map(({ median }) => median)).toEqual([5, 5]);
    rmSync(folder, { recursive: true });
  }, 120_000);
});
