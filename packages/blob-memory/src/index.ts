export { createMemoryBlobStore, type MemoryBlobStoreOptions } from "./memory-blob-store.ts";
