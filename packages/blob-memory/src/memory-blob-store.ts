import { assertBlobKey, type BlobEntry, type BlobStore, type Clock } from "@pawl/kernel/ports";

export interface MemoryBlobStoreOptions {
  /** Dates what is stored. Default: the machine's clock. */
  readonly clock?: Pick<Clock, "now">;
}

interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly storedAt: number;
}

/**
 * A `BlobStore` that lives as long as its process: for tests and simulation.
 *
 * Every method rejects with EngineError E_ARGUMENT_INVALID for a key that is not a plain hash.
 */
export function createMemoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  const clock = options.clock ?? { now: () => Date.now() };
  const blobs = new Map<string, StoredBlob>();
  return {
    async put(key, bytes) {
      assertBlobKey(key);
      if (blobs.has(key)) return;
      blobs.set(key, { bytes: new Uint8Array(bytes), storedAt: clock.now() });
    },
    async get(key) {
      assertBlobKey(key);
      const stored = blobs.get(key);
      return stored === undefined ? undefined : new Uint8Array(stored.bytes);
    },
    async has(key) {
      assertBlobKey(key);
      return blobs.has(key);
    },
    async delete(key) {
      assertBlobKey(key);
      blobs.delete(key);
    },
    async list(prefix) {
      const entries: BlobEntry[] = [];
      for (const [key, { bytes, storedAt }] of blobs) {
        if (key.startsWith(prefix)) entries.push({ key, size: bytes.length, storedAt });
      }
      return entries;
    },
  };
}
