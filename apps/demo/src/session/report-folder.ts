import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { systemCodeOf } from "../collect/errors.ts";

/** The folder for the reports is a file, or would lie in one. */
export class ReportFolderError extends Error {
  override readonly name: string = "ReportFolderError";

  constructor(folder: string) {
    super(`${folder} can't hold the reports: a file is in the way. Name a folder with --out.`);
  }
}

/**
 * Absolute path of the folder for the reports, which may not exist yet.
 *
 * @throws ReportFolderError before anything is begun
 */
export async function reportFolder(from: string, named: string): Promise<string> {
  const folder = resolve(from, named);
  const isInTheWay = await stat(folder).then(
    (stats) => !stats.isDirectory(),
    (error) => systemCodeOf(error) === "ENOTDIR",
  );
  if (isInTheWay) throw new ReportFolderError(folder);
  return folder;
}
