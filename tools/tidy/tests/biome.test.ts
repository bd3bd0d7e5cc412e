import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../src/tree.ts";
import { mount } from "./mount.ts";

test("the bans bite in the kernel, spare its codec and leave hosts their clock", () => {
  const root = mount("biome");
  const { $schema, vcs, ...config } = JSON.parse(
    readFileSync(join(REPOSITORY, "biome.json"), "utf8"),
  );
  writeFileSync(join(root, "biome.json"), JSON.stringify(config));
  const biome = join(REPOSITORY, "node_modules/.bin/biome");
  const { stdout } = spawnSync(biome, ["lint", "--reporter=github", "packages"], {
    cwd: root,
    encoding: "utf8",
  });
  const found = stdout.matchAll(/^::error title=lint\/([^,]+),file=[^,]*packages\/([^,]+)/gm);
  expect([...found].map(([, rule, path]) => `${path}: ${rule}`).sort()).toEqual([
    "kernel/src/decide/camelCase.ts: style/useFilenamingConvention",
    "kernel/src/decide/date.ts: style/noRestrictedGlobals",
    "kernel/src/decide/default-export.ts: style/noDefaultExport",
    "kernel/src/decide/export-all.ts: performance/noReExportAll",
    "kernel/src/decide/global-this.ts: style/noRestrictedGlobals",
    "kernel/src/decide/long-function.ts: complexity/noExcessiveLinesPerFunction",
    "kernel/src/decide/math-random.ts: nursery/noJsRestrictedProperties",
  ]);
});
