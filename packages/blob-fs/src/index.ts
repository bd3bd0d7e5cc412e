export { BlobStoreError } from "./errors.ts";
export { createFsBlobStore, type FsBlobStoreOptions } from "./fs-blob-store.ts";
