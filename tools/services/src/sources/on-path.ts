import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first folder of `PATH`, or of those given, that holds a program. */
export const folderOf = (program: string, also: readonly string[] = []): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), ...also].find((folder) =>
    isExecutable(join(folder, program)),
  );

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
