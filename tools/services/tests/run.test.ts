import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const CONFIG = join(import.meta.dirname, "fixtures/vitest.config.ts");
const VITEST = join(import.meta.dirname, "../../../node_modules/vitest/vitest.mjs");

it("skips what has no server, and says why at the end", () => {
  const { status, output } = run({ PAWL_TEST_MYSQL_URL: "", PAWL_TEST_REQUIRE: "" });
  expect(output).toMatch(/Tests\s+1 passed \| 1 skipped/);
  expect(output).toMatch(/SKIPPED mysql: set PAWL_TEST_MYSQL_URL: .*\s*$/);
  expect(status).toBe(0);
}, 60_000);

it("hands the server to the tests that want it", () => {
  const { status, output } = run({ PAWL_TEST_MYSQL_URL: "mysql://somebody@somewhere/else" });
  expect(output).toMatch(/Tests\s+2 passed/);
  expect(status).toBe(0);
}, 60_000);

it("fails when it is required", () => {
  const { status, output } = run({ PAWL_TEST_MYSQL_URL: "", PAWL_TEST_REQUIRE: "mysql" });
  expect(output).toContain("PAWL_TEST_REQUIRE wants mysql: set PAWL_TEST_MYSQL_URL");
  expect(status).toBe(1);
}, 60_000);

function run(env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [VITEST, "run", "--config", CONFIG],
    {
      env: { ...process.env, NO_COLOR: "1", PAWL_TEST_REQUIRE: "", ...env },
      encoding: "utf8",
    },
  );
  return { status, output: `${stdout}${stderr}` };
}
