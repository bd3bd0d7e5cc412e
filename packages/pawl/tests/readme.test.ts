import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));

/** First TypeScript block of a README. */
async function example(path: string): Promise<{ program: string; printed: string }> {
  const readme = await readFile(join(cwd, path), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
  return { program, printed };
}

/** Runs a program as a user's, with its state in a folder of its own. */
async function outputOf(program: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-readme-"));
  const env = { ...process.env, PAWL_DATABASE_URL: `file:${join(directory, "pawl.db")}` };
  const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, env });
  await rm(directory, { recursive: true });
  return stdout;
}

it("the README's example prints what it says", async () => {
  const { program, printed } = await example("README.md");
  expect(await outputOf(program)).toBe(printed);
  expect(printed).not.toBe("");
});

it("the first example of the repository fits in 15 lines and runs as it stands [107]", async () => {
  const { program } = await example("../../README.md");
  expect(program.trim().split("\n").length).toBeLessThan(15);
  expect(await outputOf(program)).toBe("HELLO, WORLD!\n");
});

it("the first program does what its page says", async () => {
  const { program, printed } = await example("../../docs/first-program.md");
  expect(await outputOf(program)).toBe(printed);
}, 20_000);
