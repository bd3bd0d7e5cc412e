import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("the README's example prints what it says", async () => {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const readme = await readFile(`${cwd}README.md`, "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
  const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  expect(stdout).toBe(printed);
  expect(printed).not.toBe("");
});
