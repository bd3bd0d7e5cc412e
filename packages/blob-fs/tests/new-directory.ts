import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A path in the temp folder where a store may make its directory. */
export async function newDirectory(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const above = await mkdtemp(join(tmpdir(), "pawl-blob-fs-"));
  return {
    directory: join(above, "deep", "blobs"),
    remove: () => rm(above, { recursive: true, force: true, maxRetries: 3 }),
  };
}
