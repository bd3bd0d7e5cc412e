/**
 * A value as stored in one text column. The first character tells the form:
 * `i` the codec's text follows; `x` a header line and base64 of a custom codec's bytes follow;
 * `b` a JSON reference to a blob follows.
 */
export type PackedPayload = string;

/** Where a large payload went. */
export interface BlobReference {
  readonly hash: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Id and key of the custom codec that made the bytes; absent for plain text. */
  readonly codec?: string;
  readonly keyId?: string;
}

export interface CodecHeader {
  readonly codec: string;
  readonly keyId?: string;
}

export type PayloadForm =
  | { readonly form: "inline"; readonly text: string }
  | { readonly form: "coded"; readonly header: CodecHeader; readonly base64: string }
  | { readonly form: "blob"; readonly blob: BlobReference };

export const packInline = (text: string): PackedPayload => `i${text}`;

export const packBlob = (blob: BlobReference): PackedPayload => `b${JSON.stringify(blob)}`;

export const packCoded = (header: CodecHeader, base64: string): PackedPayload =>
  `x${JSON.stringify(header)}\n${base64}`;

/** Reads the form of a packed payload; undefined when the text is none. */
export function payloadForm(packed: PackedPayload): PayloadForm | undefined {
  const rest = packed.slice(1);
  switch (packed[0]) {
    case "i":
      return { form: "inline", text: rest };
    case "b":
      return parseAs(rest, (blob) => ({ form: "blob", blob: blob as BlobReference }));
    case "x": {
      const line = rest.indexOf("\n");
      if (line < 0) return undefined;
      const base64 = rest.slice(line + 1);
      return parseAs(rest.slice(0, line), (header) => ({
        form: "coded",
        header: header as CodecHeader,
        base64,
      }));
    }
    default:
      return undefined;
  }
}

function parseAs(text: string, build: (json: unknown) => PayloadForm): PayloadForm | undefined {
  try {
    return build(JSON.parse(text));
  } catch {
    return undefined;
  }
}
