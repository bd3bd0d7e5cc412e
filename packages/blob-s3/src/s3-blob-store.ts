import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { assertBlobKey, type BlobEntry, type BlobStore } from "@pawl/kernel/ports";
import { type BlobOperation, BlobStoreError, codeOf } from "./errors.ts";
import { type S3BlobStoreOptions, type S3Settings, s3Settings } from "./s3-options.ts";

const PREFIX = /^[a-z0-9-]{0,200}$/;
const KEY = /^[a-z0-9-]{1,200}$/;
/** Of a put that meets a delete of the same key. */
const CONFLICT = "ConditionalRequestConflict";
const PUTS_MAX = 3;

/**
 * A `BlobStore` in a bucket of Amazon S3, Cloudflare R2, or what speaks their protocol and heeds
 * `If-None-Match` in a put.
 *
 * Methods reject with EngineError E_ARGUMENT_INVALID for a key that is not a plain hash, and with
 * BlobStoreError when the bucket fails.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function createS3BlobStore(options: S3BlobStoreOptions): BlobStore {
  return new S3BlobStore(s3Settings(options));
}

interface Abortable {
  readonly abortSignal: AbortSignal;
}

class S3BlobStore implements BlobStore {
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
  }

  /** Stores unless somebody has: who comes second changes nothing, not even the date. */
  put(key: string, bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    return this.#on("put", key, async (abort) => {
      const input = { ...this.#at(key), Body: copy, IfNoneMatch: "*" };
      for (let tries = 1; ; tries++) {
        try {
          await this.#settings.client.send(new PutObjectCommand(input), abort);
          return;
        } catch (error) {
          if (statusOf(error) === 412) return;
          if (codeOf(error) !== CONFLICT || tries === PUTS_MAX) throw error;
        }
      }
    });
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#on("get", key, async (abort) => {
      try {
        const { client } = this.#settings;
        const { Body } = await client.send(new GetObjectCommand(this.#at(key)), abort);
        return Body && (await unlessAborted(Body.transformToByteArray(), abort));
      } catch (error) {
        if (codeOf(error) === "NoSuchKey") return undefined;
        throw error;
      }
    });
  }

  has(key: string): Promise<boolean> {
    return this.#on("has", key, async (abort) => {
      const { client, bucket: Bucket } = this.#settings;
      try {
        await client.send(new HeadObjectCommand(this.#at(key)), abort);
        return true;
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
      // A bucket that vanished must not read as blobs that never were.
      await client.send(new HeadBucketCommand({ Bucket }), abort).catch((error: unknown) => {
        throw statusOf(error) === 404 ? NO_BUCKET : error;
      });
      return false;
    });
  }

  delete(key: string): Promise<void> {
    return this.#on("delete", key, async (abort) => {
      await this.#settings.client.send(new DeleteObjectCommand(this.#at(key)), abort);
    });
  }

  async list(prefix: string): Promise<readonly BlobEntry[]> {
    if (!PREFIX.test(prefix)) return [];
    const entries: BlobEntry[] = [];
    let token: string | undefined;
    do token = await this.#page(prefix, token, entries);
    while (token !== undefined);
    return entries;
  }

  /** Adds a page of what is ours, and answers what leads to the next. */
  #page(prefix: string, token: string | undefined, to: BlobEntry[]): Promise<string | undefined> {
    const { bucket: Bucket, prefix: ours, client } = this.#settings;
    const Prefix = `${ours}${prefix}`;
    const input = { Bucket, Prefix, ...(token === undefined ? {} : { ContinuationToken: token }) };
    return this.#bounded("list", `${prefix}*`, async (abort) => {
      const page = await client.send(new ListObjectsV2Command(input), abort);
      for (const { Key = "", Size: size = 0, LastModified } of page.Contents ?? []) {
        const key = Key.slice(ours.length);
        if (KEY.test(key)) to.push({ key, size, storedAt: LastModified?.getTime() ?? 0 });
      }
      return page.IsTruncated ? page.NextContinuationToken : undefined;
    });
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#settings.bucket, Key: `${this.#settings.prefix}${key}` };
  }

  async #on<T>(
    operation: BlobOperation,
    key: string,
    work: (abort: Abortable) => Promise<T>,
  ): Promise<T> {
    assertBlobKey(key);
    return this.#bounded(operation, key, work);
  }

  async #bounded<T>(
    operation: BlobOperation,
    key: string,
    work: (abort: Abortable) => Promise<T>,
  ): Promise<T> {
    const abortSignal = AbortSignal.timeout(this.#settings.requestTimeoutMs);
    try {
      return await work({ abortSignal });
    } catch (error) {
      const code = codeOf(abortSignal.aborted ? abortSignal.reason : error);
      throw new BlobStoreError(operation, key, code);
    }
  }
}

const NO_BUCKET: Error = Object.assign(new Error("No such bucket"), { name: "NoSuchBucket" });

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata;
  return metadata?.httpStatusCode;
}

/** The SDK's own signal ends with the head of an answer. */
function unlessAborted<T>(work: Promise<T>, { abortSignal }: Abortable): Promise<T> {
  return new Promise((resolve, reject) => {
    abortSignal.addEventListener("abort", () => reject(abortSignal.reason), { once: true });
    work.then(resolve, reject);
  });
}
