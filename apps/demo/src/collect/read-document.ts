import { createHash } from "node:crypto";
import { shownBytes } from "../shown.ts";
import { COLLECT_LIMITS, type CollectNote, type DocumentRef } from "./document.ts";
import { reasonOf } from "./errors.ts";
import { type Files, NODE_FILES, readHead } from "./files.ts";

export interface DocumentSource {
  readonly text: string;
  readonly encoding: "utf-8" | "windows-1252";
  /** Of the bytes that were read, in lower-case hex. */
  readonly sha256: string;
  readonly lines: number;
}

export type DocumentReading =
  | { readonly read: true; readonly source: DocumentSource }
  | { readonly read: false; readonly note: CollectNote };

/** The text of a document, or the reason why it can't be had any more. */
export async function readDocument(
  document: DocumentRef,
  files: Files = NODE_FILES,
): Promise<DocumentReading> {
  const most = COLLECT_LIMITS.bytesPerFileMax;
  try {
    const bytes = await readHead(files, document.location, most + 1);
    if (bytes.length > most) {
      const message = `It grew meanwhile; files over ${shownBytes(most)} are left out.`;
      return { read: false, note: { kind: "tooLarge", path: document.path, message } };
    }
    return { read: true, source: sourceOf(bytes) };
  } catch (error) {
    const message = `It can't be read: ${reasonOf(error)}.`;
    return { read: false, note: { kind: "unreadable", path: document.path, message } };
  }
}

function sourceOf(bytes: Uint8Array): DocumentSource {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { text, encoding } = decoded(bytes);
  const breaks = text.match(/\r\n|\r|\n/g)?.length ?? 0;
  const lines = text === "" ? 0 : breaks + (/[\r\n]$/.test(text) ? 0 : 1);
  return { text, encoding, sha256, lines };
}

/** Old files are often of one byte a letter; they are shown rather than refused. */
function decoded(bytes: Uint8Array): Pick<DocumentSource, "text" | "encoding"> {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
}
