import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** A new folder that does not outlive this process, as far as a signal can be heard. */
export function newTemporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.add(folder);
  return folder;
}

/** Tries again where a process that ends is still writing. */
export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  folders.delete(folder);
}

/** Removes every folder that is left. */
export function removeTemporaryFolders(): void {
  for (const folder of folders) removeTemporaryFolder(folder);
}
