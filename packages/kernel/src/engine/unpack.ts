import { EngineError } from "../errors/engine-error.ts";
import { base64Decode } from "../state/base64.ts";
import { decodeValue } from "../state/codec.ts";
import { type BlobReference, type PackedPayload, payloadForm } from "../state/payload.ts";
import { utf8Decode } from "../state/utf8.ts";
import type { PayloadParts, Place } from "./pack.ts";

interface Coded {
  readonly bytes: Uint8Array;
  readonly codec?: string;
  readonly keyId?: string;
}

/**
 * Inverse of `packValue`.
 *
 * @throws EngineError E_ROW_CORRUPT, E_BLOB_MISSING, E_BLOB_CORRUPT
 */
export async function unpackValue(
  engine: PayloadParts,
  packed: PackedPayload,
  place: Place,
): Promise<unknown> {
  const form = payloadForm(packed);
  switch (form?.form) {
    case "inline":
      return decodeValue(form.text);
    case "coded": {
      const bytes = base64Decode(form.base64);
      if (!bytes) break;
      return decodeCoded(engine, { bytes, ...form.header }, place);
    }
    case "blob":
      return decodeCoded(engine, { ...form.blob, bytes: await getBlob(engine, form.blob) }, place);
  }
  throw new EngineError(
    "E_ROW_CORRUPT",
    `The stored payload of ${place.field} in run ${place.runId} has no known form.`,
    { details: { ...place } },
  );
}

/** The stored value is gone or damaged: reading it again will not help. */
export const isUnreadable = (error: unknown): error is EngineError =>
  EngineError.is(error, "E_BLOB_MISSING") ||
  EngineError.is(error, "E_BLOB_CORRUPT") ||
  EngineError.is(error, "E_ROW_CORRUPT");

async function getBlob(engine: PayloadParts, { hash }: BlobReference): Promise<Uint8Array> {
  const bytes = await engine.blobStore.get(hash);
  if (!bytes) {
    throw new EngineError("E_BLOB_MISSING", `Blob ${hash} is not in the blob store.`, {
      details: { hash },
    });
  }
  if ((await engine.runtime.digest(bytes)) === hash) return bytes;
  throw new EngineError("E_BLOB_CORRUPT", `Blob ${hash} holds other bytes than were put.`, {
    details: { hash },
  });
}

async function decodeCoded(
  { codec, namespace }: PayloadParts,
  coded: Coded,
  place: Place,
): Promise<unknown> {
  if (coded.codec === undefined) return decodeValue(utf8Decode(coded.bytes));
  if (codec?.id === coded.codec) {
    const { bytes, keyId } = coded;
    const plain = await codec.decode(keyId === undefined ? { bytes } : { bytes, keyId }, {
      namespace,
      ...place,
    });
    return decodeValue(utf8Decode(plain));
  }
  throw new EngineError(
    "E_ROW_CORRUPT",
    `The payload of ${place.field} was written by codec "${coded.codec}"; this process has ` +
      `${codec ? `"${codec.id}"` : "none"}. Configure the same codec.`,
    { details: { ...place } },
  );
}
