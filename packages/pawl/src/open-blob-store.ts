import { createFsBlobStore } from "@pawl/blob-fs";
import type { BlobStore } from "@pawl/kernel/ports";
import type { BlobPlace } from "./blob-place.ts";
import { loadAdapter } from "./load-adapter.ts";

/**
 * The store of large payloads at a place.
 *
 * @throws EngineError E_DRIVER_MISSING
 */
export async function openBlobStore(place: BlobPlace): Promise<BlobStore> {
  if (place.kind === "folder") return createFsBlobStore({ directory: place.path });
  const { createS3BlobStore } = await loadAdapter({
    name: "@pawl/blob-s3",
    variable: "PAWL_BLOB_URL",
    load: () => import("@pawl/blob-s3"),
  });
  const { kind: _, ...options } = place;
  return createS3BlobStore(options);
}
