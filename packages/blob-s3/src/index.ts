export { BlobStoreError } from "./errors.ts";
export { createS3BlobStore } from "./s3-blob-store.ts";
export type { S3BlobStoreOptions } from "./s3-options.ts";
