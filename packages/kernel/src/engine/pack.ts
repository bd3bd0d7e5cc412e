import { EngineError } from "../errors/engine-error.ts";
import type { PayloadPlace } from "../ports/codec.ts";
import { base64Encode } from "../state/base64.ts";
import { encodeValue } from "../state/codec.ts";
import {
  type BlobReference,
  type PackedPayload,
  packBlob,
  packCoded,
  packInline,
} from "../state/payload.ts";
import type { Guard, Write } from "../state/plan.ts";
import { fromDbNow } from "../state/time.ts";
import { utf8Encode, utf8Length } from "../state/utf8.ts";
import type { Engine } from "./engine.ts";

/** A value ready to be stored; a plan that carries it also carries its writes and guards. */
export interface Packed {
  readonly packed: PackedPayload;
  /** The codec's text: decoding it yields what a replay will read. */
  readonly text: string;
  readonly writes: readonly Write[];
  readonly guards: readonly Guard[];
}

/** What packing needs of the engine. */
export type PayloadParts = Pick<
  Engine,
  "blobStore" | "codec" | "limits" | "runtime" | "logger" | "namespace"
>;

/** Where a payload stands, within the engine's namespace. */
export type Place = Omit<PayloadPlace, "namespace">;

/**
 * Encodes a value and puts it where it belongs: inline up to `payloadInlineBytesMax`, else in
 * the blob store under the hash of its bytes, before the commit that refers to it.
 *
 * @throws EngineError E_NOT_ENCODABLE, E_PAYLOAD_TOO_LARGE
 */
export async function packValue(
  engine: PayloadParts,
  value: unknown,
  place: Place,
): Promise<Packed> {
  const text = encodeValue(value, subjectOf(place.field));
  const size = utf8Length(text);
  checkSize(engine, size, place.field);
  const inline = size <= engine.limits.payloadInlineBytesMax;
  if (inline && !engine.codec) return { packed: packInline(text), text, writes: [], guards: [] };
  const coded = await encodeBytes(engine, utf8Encode(text), place);
  if (inline) {
    const { bytes, ...header } = coded;
    return {
      packed: packCoded(header as { codec: string }, base64Encode(bytes)),
      text,
      writes: [],
      guards: [],
    };
  }
  return { text, ...(await putBlob(engine, coded, place)) };
}

interface Coded {
  readonly bytes: Uint8Array;
  readonly codec?: string;
  readonly keyId?: string;
}

async function encodeBytes(
  { codec, namespace }: PayloadParts,
  bytes: Uint8Array,
  place: Place,
): Promise<Coded> {
  if (!codec) return { bytes };
  return { codec: codec.id, ...(await codec.encode(bytes, { namespace, ...place })) };
}

async function putBlob(
  engine: PayloadParts,
  { bytes, ...header }: Coded,
  { runId, field }: Place,
): Promise<Omit<Packed, "text">> {
  const hash = await engine.runtime.digest(bytes);
  await engine.blobStore.put(hash, bytes);
  const blob: BlobReference = { hash, size: bytes.length, ...header };
  return {
    packed: packBlob(blob),
    guards: [{ kind: "notCondemned", hash }],
    writes: [
      {
        op: "insert",
        table: "blobRefs",
        row: { runId, hash, owner: field, size: bytes.length, createdAt: fromDbNow() },
      },
    ],
  };
}

/** What messages call a payload by its field: a step, a stage or the run's own. */
function subjectOf(field: string): string {
  const [kind, id = "", , , ...rest] = field.split("/");
  if (kind === "step") return `Output of step "${rest.join("/").replace(/#0$/, "")}"`;
  if (kind === "output") return `Output of stage "${field.slice("output/".length)}"`;
  if (kind === "runOutput") return "Output of the workflow";
  return id === "" ? `The ${field} of the run` : `The value for ${field}`;
}

function checkSize(engine: PayloadParts, size: number, field: string): void {
  const { payloadBytesMax, payloadWarnBytes } = engine.limits;
  if (size > payloadBytesMax) {
    throw new EngineError(
      "E_PAYLOAD_TOO_LARGE",
      `${subjectOf(field)} takes ${size} bytes; at most ${payloadBytesMax} are stored. ` +
        "Store it elsewhere and pass a reference, or raise limits.payloadBytesMax.",
      { details: { field, size, max: payloadBytesMax } },
    );
  }
  if (size > payloadWarnBytes) engine.logger.log("warn", "large payload", { field, size });
}
