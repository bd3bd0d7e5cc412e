import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellKeeper } from "./keeper.ts";
import { giveToServer } from "./unprivileged.ts";

/** A new folder in the temp folder; it goes at the latest with this process. */
export function privateFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `pawl-${name}-`));
  tellKeeper({ folder: path });
  chmodSync(path, 0o700);
  giveToServer(path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
