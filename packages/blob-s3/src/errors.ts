import { EngineError } from "@pawl/kernel";

export type BlobOperation = "put" | "get" | "has" | "delete" | "list";

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/NoSuchBucket/, "Make the bucket, or correct its name, region and endpoint."],
  [/AccessDenied|Forbidden|InvalidAccessKeyId|Signature/, "Look at the role, and at ListBucket."],
  [/Region is missing/, 'Give "region", or set AWS_REGION.'],
  [/CredentialsProvider/, "Give this process credentials."],
  [/SlowDown|Throttl/, "The store asks for less: try again later."],
];
const OTHERWISE = "The store or the way to it fails: try again later.";

/**
 * The bucket did not do what the store needs, after retries; nothing half done is visible and the
 * call may be repeated. `details`: `operation`, `key` or prefix, `code` as S3 or the network says.
 */
export class BlobStoreError extends EngineError {
  constructor(operation: BlobOperation, key: string, code: string) {
    const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1] ?? OTHERWISE;
    super("E_BLOB_UNAVAILABLE", `Blob ${operation} of "${key}" failed: ${code}. ${remedy}`, {
      details: { operation, key, code },
    });
  }
}

/** What S3, the SDK or the network calls an error. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UnknownError";
  if ("code" in error && typeof error.code === "string") return error.code;
  return (error.name === "Error" ? error.message : error.name) || "UnknownError";
}
