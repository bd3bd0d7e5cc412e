import { S3Client } from "@aws-sdk/client-s3";
import { checkOptions, EngineError, type OptionKinds } from "@pawl/kernel";

export interface S3BlobStoreOptions {
  readonly bucket: string;
  /** Stands before every key in the bucket, such as `pawl/`. Default: nothing. */
  readonly prefix?: string;
  /** Of the store's own client: of R2, or another with S3's protocol. Default: Amazon's. */
  readonly endpoint?: string;
  /** Of the store's own client. Default: `AWS_REGION`, and `auto` for R2. */
  readonly region?: string;
  /** Default: one of the store's own. */
  readonly client?: S3Client;
  /** Longest wait for an operation's answer, in milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
}

export interface S3Settings {
  readonly bucket: string;
  readonly prefix: string;
  readonly client: S3Client;
  readonly requestTimeoutMs: number;
}

const OPTIONS: OptionKinds<S3BlobStoreOptions> = {
  bucket: "text",
  prefix: "text?",
  endpoint: "text?",
  region: "text?",
  client: "object?",
  requestTimeoutMs: "number?",
};

const REQUEST_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS_MAX = 2 ** 31 - 1;

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function s3Settings(options: S3BlobStoreOptions): S3Settings {
  checkOptions("createS3BlobStore", options, OPTIONS);
  const { bucket, prefix = "", requestTimeoutMs = REQUEST_TIMEOUT_MS, endpoint } = options;
  if (bucket === "") throw invalid("bucket", bucket, "the name of a bucket");
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw invalid("endpoint", endpoint, "a URL");
  if (!(requestTimeoutMs > 0 && requestTimeoutMs <= REQUEST_TIMEOUT_MS_MAX))
    throw invalid("requestTimeoutMs", requestTimeoutMs, "milliseconds, more than none");
  return { bucket, prefix, requestTimeoutMs, client: options.client ?? ownClient(options) };
}

/** Others than Amazon know fewer checksums, and need no name of a host for every bucket. */
function ownClient({ endpoint, region = regionOf(endpoint) }: S3BlobStoreOptions): S3Client {
  return new S3Client({
    retryMode: "standard",
    maxAttempts: 3,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
        }),
  });
}

const regionOf = (endpoint: string | undefined): string | undefined =>
  endpoint !== undefined && new URL(endpoint).hostname.endsWith(".r2.cloudflarestorage.com")
    ? "auto"
    : undefined;

function invalid(option: string, value: unknown, wanted: string): EngineError {
  const message = `Option "${option}" of createS3BlobStore is "${String(value)}"; give ${wanted}.`;
  return new EngineError("E_ARGUMENT_INVALID", message, { details: { option } });
}
