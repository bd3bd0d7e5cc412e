export type DocumentFormat = "markdown" | "html" | "text";

/** A document to analyse. Plain data: it can be the input of a stage. */
export interface DocumentRef {
  /** Made of `path` alone, so the same document has the same id in every run. */
  readonly id: string;
  /** Relative to the collection's root, with forward slashes. */
  readonly path: string;
  /** Where the file is on this machine. */
  readonly location: string;
  readonly format: DocumentFormat;
  readonly bytes: number;
}

export type NoteKind =
  | "binary"
  | "duplicate"
  | "notAFile"
  | "symbolicLink"
  | "tooDeep"
  | "tooLarge"
  | "tooMany"
  | "unreadable"
  | "unsupported";

/** Something that was left out, and why, for the reader of the report. */
export interface CollectNote {
  readonly kind: NoteKind;
  readonly path: string;
  readonly message: string;
}

export interface Collection {
  /** Absolute path of the folder that every `path` is relative to. */
  readonly root: string;
  /** Sorted by `path`. */
  readonly documents: readonly DocumentRef[];
  readonly notes: readonly CollectNote[];
}

export interface CollectLimits {
  readonly bytesPerFileMax: number;
  readonly documentsMax: number;
  readonly depthMax: number;
}

export const COLLECT_LIMITS: CollectLimits = {
  bytesPerFileMax: 2 * 1024 * 1024,
  documentsMax: 500,
  depthMax: 32,
};

const FORMATS: ReadonlyMap<string, DocumentFormat> = new Map([
  [".md", "markdown"],
  [".markdown", "markdown"],
  [".html", "html"],
  [".htm", "html"],
  [".txt", "text"],
  [".text", "text"],
]);

export const EXTENSIONS: readonly string[] = [...FORMATS.keys()];

/** Format by the ending of a file's name; undefined for what the demo does not read. */
export function formatOf(path: string): DocumentFormat | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  return dot > 0 ? FORMATS.get(name.slice(dot)) : undefined;
}
