import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];
afterAll(async () => {
  await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A folder with these files, gone when the tests of the file have ended. */
export async function newFolder(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "pawl-demo-")));
  made.push(folder);
  for (const [path, content] of Object.entries(files)) {
    const location = join(folder, path);
    await mkdir(dirname(location), { recursive: true });
    await writeFile(location, content);
  }
  return folder;
}
