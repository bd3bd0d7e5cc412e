import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openCounter } from "../src/engines/counter.ts";
import { countStatements } from "../src/measure/statements.ts";

it("counts what both drivers run, but no BEGIN and COMMIT, and not what counters ask", () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-statements-"));
  const statements = countStatements();
  for (const driver of ["better-sqlite3", "node:sqlite"] as const) {
    const path = join(folder, driver.replace(":", "-"));
    const database = driver === "node:sqlite" ? new DatabaseSync(path) : new Database(path);
    const before = statements.count;
    database.exec("CREATE TABLE t (v TEXT)");
    database.exec("BEGIN IMMEDIATE");
    database.prepare("INSERT INTO t VALUES (?)").run("a");
    database.prepare("COMMIT").run();
    expect(database.prepare("SELECT v FROM t").get()).toMatchObject({ v: "a" });
    const counter = openCounter(driver, path, "SELECT count(*) FROM t");
    expect(counter.count()).toBe(1);
    counter.close();
    expect(statements.count - before).toBe(3);
    database.close();
  }
  rmSync(folder, { recursive: true });
});
