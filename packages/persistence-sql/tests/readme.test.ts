import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const source = new URL("../src/index.ts", import.meta.url);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the example of the README runs as it stands", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-readme-"));
  try {
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const script = join(folder, "example.ts");
    writeFileSync(script, example.replace('"@pawl/persistence-sql"', JSON.stringify(source.href)));
    const command = ["--conditions=source", script];
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder });
    expect(stdout.trim()).toBe("0 live runs");
    expect(existsSync(join(folder, ".pawl", "pawl.db"))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
