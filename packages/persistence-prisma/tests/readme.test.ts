import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { prismaClient } from "@pawl/prisma-clients";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const PLACES: Readonly<Record<string, string>> = {
  "@pawl/persistence-prisma": new URL("../src/index.ts", import.meta.url).href,
  "@prisma/adapter-better-sqlite3": import.meta.resolve("@prisma/adapter-better-sqlite3"),
  "./generated/client.ts": new URL(
    "../../../tools/prisma-clients/generated/sqlite/client/client.ts",
    import.meta.url,
  ).href,
};

test("the example of the README runs as it stands", async () => {
  await prismaClient("sqlite");
  const folder = mkdtempSync(join(tmpdir(), "pawl-readme-"));
  try {
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const placed = Object.entries(PLACES).reduce(
      (text, [name, place]) => text.replace(JSON.stringify(name), JSON.stringify(place)),
      example,
    );
    const script = join(folder, "example.ts");
    writeFileSync(script, placed);
    const command = ["--conditions=source", script];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, {
      cwd: folder,
    });
    expect(stdout.trim()).toBe("0 runs");
    expect(stderr).not.toContain("PAWL_");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
