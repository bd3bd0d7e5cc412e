import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { REPOSITORY } from "../src/tree.ts";
import { fixture } from "./mount.ts";

const CANNOT_FIND = /^(Cannot find name|Cannot find module)/;

const folder = join(REPOSITORY, "packages/kernel");
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  folder,
);

test("nothing of a host compiles under the kernel's tsconfig [151]", () => {
  const names = readdirSync(fixture("kernel-lib"));
  const paths = names.map((name) => join(fixture("kernel-lib"), name));
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(paths, options));
  const refused = diagnostics.map(({ file, messageText }) => {
    expect(ts.flattenDiagnosticMessageText(messageText, " ")).toMatch(CANNOT_FIND);
    return basename(file?.fileName ?? "");
  });
  expect([...new Set(refused)].sort()).toEqual(names.filter((name) => name !== "pure.ts").sort());
});
