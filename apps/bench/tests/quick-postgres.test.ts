import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeOn, postgres } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import type { Results } from "../src/report/results.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

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
    expect(results.machine.postgres).toContain("synchronous_commit=on");
    expect(results.figures.map(({ engine, id }) => `${engine} ${id}`)).toEqual([
      "bare run",
      "dbos-in-process run",
      "bare steps1",
      "bare steps5",
      "dbos-in-process steps1",
      "dbos-in-process steps5",
    ]);
    for (const { median } of results.figures) expect(median).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  }, 120_000);
});
