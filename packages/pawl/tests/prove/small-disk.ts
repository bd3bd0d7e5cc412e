import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BALLAST_BYTES = 256 * 1024;

/** Mounts a disk of 48 MB on a folder, or on a new one; undefined where none may be mounted. */
export function mountSmallDisk(on?: string): string | undefined {
  const disk = on ?? mkdtempSync(join(tmpdir(), "pawl-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk], { stdio: "ignore" });
    return disk;
  } catch {
    if (on === undefined) rmdirSync(disk);
    return undefined;
  }
}

/** Whether this process may mount one. */
export function mayMount(): boolean {
  const disk = mountSmallDisk();
  if (disk === undefined) return false;
  unmount(disk);
  rmdirSync(disk);
  return true;
}

export function unmount(disk: string): void {
  execFileSync("umount", [disk]);
}

/** Writes until nothing more can be written. */
export function fillUp(path: string): void {
  for (;;) {
    try {
      appendFileSync(path, Buffer.alloc(BALLAST_BYTES));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw error;
    }
  }
}
