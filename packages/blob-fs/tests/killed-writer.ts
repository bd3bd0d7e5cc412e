import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createFsBlobStore } from "@pawl/blob-fs";

const [directory = "", key = ""] = process.argv.slice(2);
const incoming = join(directory, "incoming");
const mine = `.${process.pid}.`;

function dieOncePartIsWritten(): void {
  const half = namesIn(incoming).find((name) => name.includes(mine));
  if (half !== undefined && statSync(join(incoming, half)).size > 0) {
    process.kill(process.pid, "SIGKILL");
  }
  setImmediate(dieOncePartIsWritten);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

void createFsBlobStore({ directory })
  .put(key, new Uint8Array(64 * 1024 * 1024).fill(7))
  .then(() => process.exit(0));
dieOncePartIsWritten();
