import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { ALL_RULES } from "../src/all-rules.ts";
import type { Violation } from "../src/rule.ts";
import { readFolder, readRepository, type Tree } from "../src/tree.ts";
import { fixture } from "./mount.ts";

const where = ({ path, line }: Violation): string => (line ? `${path}:${line}` : path);
const file = (path: string, text: string): Tree[number] => ({ path, text });
const lines = (count: number): string => "x\n".repeat(count);

const CANARIES: Record<string, readonly string[]> = {
  "command-pairs": ["packages/kernel/src/commands/pause-run.ts"],
  "kernel-dependencies": ["packages/kernel/package.json"],
  "port-clauses": ["packages/kernel/src/ports/persistence.ts:3"],
  sleeps: [1, 2, 3].map((line) => `packages/kernel/tests/wake.test.ts:${line}`),
  "swallowed-conflicts": [
    "packages/persistence-sql/src/statements/runs.ts:1",
    "packages/persistence-sql/src/statements/runs.ts:2",
    "prisma/sqlite/migrations/1_init/migration.sql:1",
  ],
  unfinished: [
    "packages/kernel/src/state/run.ts:1",
    "packages/kernel/src/state/run.ts:2",
    "packages/kernel/tests/run.test.ts:1",
    "packages/kernel/tests/run.test.ts:2",
    "packages/kernel/tests/run.test.ts:3",
  ],
  words: [
    "packages/kernel/src/utils/run-manager.ts:2",
    "packages/kernel/src/utils/run-manager.ts",
    "packages/kernel/src/utils/run-manager.ts",
    "packages/kernel/src/utils/run-manager.ts",
    "packages/kernel/src/utils/run-manager.ts:1",
    "packages/kernel/src/utils/run-manager.ts:4",
    "packages/kernel/src/utils/run-manager.ts:5",
    "packages/kernel/src/utils/run-manager.ts:7",
  ],
};

test.each(Object.entries(CANARIES))("%s bites its canary", (name, expected) => {
  const found = ALL_RULES[name]?.(readFolder(fixture(`rules/${name}`))) ?? [];
  expect(found.map(where)).toEqual(expected);
});

const IN_MEMORY: Record<string, readonly [Tree, readonly string[]]> = {
  sizes: [
    [
      file("packages/kernel/src/state/run.ts", lines(251)),
      file("packages/kernel/src/ports/clock.ts", lines(250)),
      file("packages/kernel/src/commands/create-run.ts", lines(101)),
      file("packages/host-node/src/node-host.ts", lines(401)),
      file("packages/host-node/src/index.ts", lines(81)),
      file("packages/host-node/tests/host.test.ts", lines(601)),
      file("packages/host-node/src/wide.ts", `${"x".repeat(101)}\n`),
      file("packages/host-node/src/many.ts", 'import "x";\n'.repeat(11)),
    ],
    [
      "packages/kernel/src/state/run.ts",
      "packages/kernel/src/commands/create-run.ts",
      "packages/host-node/src/node-host.ts",
      "packages/host-node/src/index.ts",
      "packages/host-node/tests/host.test.ts",
      "packages/host-node/src/wide.ts:1",
      "packages/host-node/src/many.ts",
    ],
  ],
  places: [
    [
      file("a.md", ["see ", "home", "jane", "pawl"].join("/")),
      file("b.yaml", `tarball: https://${["registry", "example", "org"].join(".")}/x/-/x-1.tgz`),
      file("c.md", "https://example.org/home/page and ./work/item"),
    ],
    ["a.md:1", "b.yaml:1"],
  ],
};

test.each(Object.entries(IN_MEMORY))("%s bites its canary", (name, [tree, expected]) => {
  expect(ALL_RULES[name]?.(tree).map(where)).toEqual(expected);
});

test("every rule has a canary", () => {
  const canaries = [...Object.keys(CANARIES), ...Object.keys(IN_MEMORY)].sort();
  expect(canaries).toEqual(Object.keys(ALL_RULES).sort());
  expect(readdirSync(fixture("rules")).sort()).toEqual(Object.keys(CANARIES).sort());
});

const tree = readRepository();

test.each(Object.entries(ALL_RULES))("the repository keeps %s", (_name, rule) => {
  expect(rule(tree).map((found) => `${where(found)} ${found.says}`)).toEqual([]);
});
