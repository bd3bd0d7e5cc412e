import { createRequire } from "node:module";
import { join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { expect, test } from "vitest";
import { REPOSITORY } from "../src/tree.ts";
import { mount } from "./mount.ts";

const { forbidden, options } = createRequire(import.meta.url)(
  join(REPOSITORY, ".dependency-cruiser.cjs"),
);

test("every forbidden arrow bites its canary, and no allowed one does", async () => {
  const { enhancedResolveOptions, ...rest } = options;
  const { output } = await cruise(
    ["packages", "apps"],
    { ...rest, baseDir: mount("arrows"), validate: true, ruleSet: { forbidden } },
    enhancedResolveOptions,
  );
  const { summary } = output as ICruiseResult;
  const found = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} > ${to}`);
  expect(
    found.map((edge) => edge.replace(/packages\/|src\/|\.ts\b/g, "")).sort(),
  ).toMatchInlineSnapshot(`
    [
      "adapters-on-sql: transport-sql/up > host-node/index",
      "adapters: persistence-memory/sideways > persistence-sql/index",
      "adapters: persistence-sql/up > apps/demo/main",
      "conformance: conformance/sideways > persistence-memory/index",
      "hosts: host-node/sideways > transport-sql/index",
      "kernel-alone: kernel/state/outside > persistence-sql/index",
      "kernel-commands: kernel/commands/up > kernel/execute/leaf",
      "kernel-decide: kernel/decide/up > kernel/ports/index",
      "kernel-define: kernel/define/up > kernel/ports/index",
      "kernel-dependencies: kernel/state/files > fs",
      "kernel-dependencies: kernel/state/outside > persistence-sql/index",
      "kernel-engine: kernel/engine/up > kernel/commands/leaf",
      "kernel-errors: kernel/errors/up > kernel/state/leaf",
      "kernel-execute: kernel/execute/up > kernel/kernel",
      "kernel-limits: kernel/limits > kernel/errors/leaf",
      "kernel-ports: kernel/ports/up > kernel/decide/leaf",
      "kernel-queries: kernel/queries/up > kernel/decide/leaf",
      "kernel-state: kernel/state/up > kernel/define/leaf",
      "no-cycles: kernel/state/circle-a > kernel/state/circle-b",
      "no-deep-imports: persistence-memory/deep > kernel/state/leaf",
      "no-deep-imports: persistence-sql/up > apps/demo/main",
      "no-unresolved: persistence-sql/lost > ./nowhere",
      "packages-below-apps: persistence-sql/up > apps/demo/main",
      "packages-by-name: persistence-memory/by-path > kernel/index",
      "packages-by-name: persistence-sql/up > apps/demo/main",
      "sql-for-adapters: transport-sql/inside > persistence-sql/adapters",
      "src-without-tests: persistence-sql/tested > persistence-sql/tests/double",
    ]
  `);
  const bitten = new Set(summary.violations.map(({ rule }) => rule.name));
  const silent = forbidden.filter(({ name }: { name: string }) => !bitten.has(name));
  expect(silent).toEqual([]);
});
