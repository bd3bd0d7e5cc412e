import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TerminalError } from "@pawl/kernel";
import { systemCodeOf } from "../collect/errors.ts";

/**
 * The whole file or nothing, and the same however often it is done.
 *
 * @throws TerminalError naming the file
 */
export async function writeWhole(path: string, content: string): Promise<string> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await makeFolder(dirname(path));
    await writeFile(unfinished, content);
    await rename(unfinished, path);
    return path;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw new TerminalError(
      `${path} can't be written (${code}). Name another folder with --out, or make room there.`,
      { cause: error, details: { path, code } },
    );
  }
}

/** One by one: where nothing can be made, Node's own recursive call never returns. */
async function makeFolder(folder: string): Promise<void> {
  const above = dirname(folder);
  if (above === folder || existsSync(folder)) return;
  await makeFolder(above);
  await mkdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  });
}
