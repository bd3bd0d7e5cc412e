/**
 * Bytes under the hash of their content.
 *
 * - **BLOB-1** `get` answers the bytes that were put; a missing key answers undefined.
 * - **BLOB-2** `put` of a key that exists is a no-op; half a write is never visible.
 * - **BLOB-3** `delete` of a missing key is a no-op.
 * - **BLOB-4** `list` answers every stored key with the prefix, its size and when it was stored.
 * - **BLOB-5** A key that is not a plain hash (`[a-z0-9]` with `-`, at most 200) is refused.
 * - **BLOB-6** Bytes answered are a copy: changing them changes nothing stored.
 */
export interface BlobStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<readonly BlobEntry[]>;
}

export interface BlobEntry {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
}
