import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { KnipConfig } from "knip";

const ENTRY = { packages: "src/index.ts", apps: "src/main.ts" };

/** Packages that are still an empty entry: their dependencies have nobody to use them yet. */
const notBegun = Object.entries(ENTRY).flatMap(([folder, entry]) =>
  readdirSync(folder)
    .map((name) => `${folder}/${name}`)
    .filter((path) => existsSync(`${path}/${entry}`))
    .filter((path) => readFileSync(`${path}/${entry}`, "utf8").trim() === "export {};"),
);

const tests = "tests/**/*.{test,test-d}.ts";

const config: KnipConfig = {
  workspaces: {
    ".": {
      entry: ["tsup.base.ts"],
      project: ["*.ts"],
      ignoreDependencies: [/^@pawl\//, "@arethetypeswrong/cli", "fast-check", "publint"],
    },
    "packages/*": {
      entry: [tests, "src/*-thread.ts"],
      project: ["src/**/*.ts", "tests/**/*.ts"],
    },
    // What runs the command line is named for publishing alone.
    "packages/pawl": {
      entry: ["src/cli.ts", tests],
      project: ["src/**/*.ts", "tests/**/*.ts"],
      ignoreBinaries: ["mount", "umount"],
    },
    "apps/*": { entry: ["src/main.ts", tests], project: ["src/**/*.ts", "tests/**/*.ts"] },
    // Each file beside a README is started by hand, or is what a template names.
    "apps/examples": {
      entry: ["*/*.ts", tests],
      project: ["**/*.ts"],
    },
    "tools/*": {
      entry: ["src/main.ts", tests],
      project: ["src/**/*.ts", "tests/**/*.ts", "!tests/fixtures/**"],
      ignoreBinaries: ["apt-get"],
    },
    "tools/prisma-clients": {
      entry: ["src/main.ts", "src/vitest/global-setup.ts", tests],
      project: ["src/**/*.ts", "tests/**/*.ts"],
      // The one is run by its file's path, the other is imported by what it generates.
      ignoreDependencies: ["prisma", "@prisma/client"],
    },
  },
  ignoreWorkspaces: notBegun,
  ignoreExportsUsedInFile: { interface: true, type: true },
};

export default config;
