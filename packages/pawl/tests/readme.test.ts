import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pawl-readme-"));
  folders.push(folder);
  return folder;
}

/** TypeScript blocks of a README, and what the first one prints. */
async function example(path: string) {
  const readme = await readFile(join(cwd, path), "utf8");
  const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, program = ""]) => program);
  const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
  return { program: programs[0] ?? "", programs, printed };
}

/** Runs a program as a user's, with its state in a folder of its own unless one is named. */
async function outputOf(program: string, folder?: string): Promise<string> {
  const directory = folder ?? (await newFolder());
  const env = { ...process.env, PAWL_DATABASE_URL: `file:${join(directory, "pawl.db")}` };
  const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, env });
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

it("a step in doubt ends by the recipe of its page", async () => {
  const { programs } = await example("../../docs/first-program.md");
  const [, recipe = "", ...more] = programs;
  expect(more).toEqual([]);
  const uncaught = (body: string): string => `
    import { defineWorkflow, pawl } from "pawl";
    const run = (ctx: any) => ctx.step("transfer", () => ${body}, { mode: "atMostOnce" });
    const pay = defineWorkflow({ id: "pay", run });
    const app = await pawl({ workflows: [pay] });
    const paid = await app.start(pay, 5, { idempotencyKey: "once" });
    while ((await app.kernel.query.getRun(paid.id)).holds.length === 0) {
      await paid.result({ timeoutMs: 100 }).catch(() => undefined);
    }
    await app.stop();`;
  const folder = await newFolder();
  await expect(
    outputOf(uncaught("process.kill(process.pid, 'SIGKILL')"), folder),
  ).rejects.toThrow();
  await outputOf(uncaught("'paid'"), folder);
  expect(await outputOf(recipe, folder)).toBe("the bank says that it was paid\n");
  expect(await outputOf(recipe, folder)).toBe("");
}, 40_000);
