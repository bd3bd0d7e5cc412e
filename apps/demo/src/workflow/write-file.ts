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
    await mkdir(dirname(path), { recursive: true });
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
