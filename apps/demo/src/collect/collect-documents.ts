import type { Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { shownBytes } from "../shown.ts";
import {
  COLLECT_LIMITS,
  type Collection,
  type CollectLimits,
  type CollectNote,
  type DocumentRef,
  EXTENSIONS,
  formatOf,
  type NoteKind,
} from "./document.ts";
import { documentId } from "./document-id.ts";
import { MissingPathError, NoDocumentsError, reasonOf, systemCodeOf } from "./errors.ts";
import { type Files, NODE_FILES, readHead } from "./files.ts";
import { rootOf, shownPath } from "./root.ts";
import { type Walk, walkFolder } from "./walk.ts";

export interface CollectRequest {
  /** Files and folders, absolute or relative to `from`. */
  readonly paths: readonly string[];
  /** Absolute path of the folder in which the user stands. */
  readonly from: string;
  readonly limits?: Partial<CollectLimits>;
}

interface NamedPath {
  readonly named: string;
  readonly location: string;
  /** Undefined when the path exists but can't be looked at. */
  readonly stats: Stats | undefined;
  readonly refusal?: string;
}

interface Gathering extends Walk {
  readonly seen: Set<string>;
  readonly documents: DocumentRef[];
}

const HEAD_BYTES = 8192;

/**
 * The documents behind the named paths, each once, sorted, with a note for everything that was
 * left out. One bad file never stops the others.
 *
 * @throws MissingPathError naming every path that does not exist
 * @throws NoDocumentsError when nothing is left
 */
export async function collectDocuments(
  request: CollectRequest,
  files: Files = NODE_FILES,
): Promise<Collection> {
  const named = await Promise.all(request.paths.map((path) => look(files, request.from, path)));
  const missing = named.filter((each) => each === undefined).length;
  if (missing > 0) {
    throw new MissingPathError(
      request.paths.filter((_, at) => named[at] === undefined),
      request.from,
    );
  }
  const found = named.filter((each) => each !== undefined);
  const root = rootOf(request.from, found.map(folderOf));
  const notes: CollectNote[] = [];
  const gathering: Gathering = {
    files,
    limits: { ...COLLECT_LIMITS, ...request.limits },
    shown: (path) => shownPath(root, path),
    note: (note) => void notes.push(note),
    seen: new Set(),
    documents: [],
  };
  for (const each of found) await gather(gathering, each);
  const documents = capped(gathering);
  if (documents.length === 0) throw new NoDocumentsError(request.paths, notes);
  return { root, documents, notes };
}

async function look(files: Files, from: string, named: string): Promise<NamedPath | undefined> {
  const location = resolve(from, named);
  try {
    return { named, location, stats: await files.stat(location) };
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { named, location, stats: undefined, refusal: reasonOf(error) };
  }
}

const folderOf = ({ location, stats }: NamedPath): string =>
  stats?.isDirectory() ? location : dirname(location);

async function gather(gathering: Gathering, { location, stats, refusal }: NamedPath) {
  if (!stats) return say(gathering, location, "unreadable", `It can't be read: ${refusal}.`);
  if (!stats.isDirectory() && !stats.isFile()) {
    return say(gathering, location, "notAFile", "It is neither a file nor a folder.");
  }
  if (stats.isFile() && !formatOf(location)) {
    const message = `The demo reads ${EXTENSIONS.join(", ")} and leaves other files out.`;
    return say(gathering, location, "unsupported", message);
  }
  let repeated = 0;
  const paths = stats.isDirectory() ? walkFolder(gathering, location) : [location];
  for await (const path of paths) {
    if ((await admit(gathering, path)) === "repeated") repeated += 1;
  }
  if (repeated > 0) {
    const what = repeated === 1 ? "1 document was" : `${repeated} documents were`;
    const message = `${what} named more than once and counted once.`;
    say(gathering, location, "duplicate", message);
  }
}

async function admit(gathering: Gathering, location: string): Promise<"repeated" | "done"> {
  const { files, limits, seen, documents } = gathering;
  const format = formatOf(location);
  if (!format) return "done";
  try {
    const real = await files.realpath(location);
    if (seen.has(real)) return "repeated";
    seen.add(real);
    const { size: bytes } = await files.stat(real);
    if (bytes > limits.bytesPerFileMax) {
      const most = shownBytes(limits.bytesPerFileMax);
      const message = `It has ${shownBytes(bytes)}; files over ${most} are left out.`;
      say(gathering, location, "tooLarge", message);
    } else if ((await readHead(files, real, HEAD_BYTES)).includes(0)) {
      say(gathering, location, "binary", "It holds binary data, not text.");
    } else {
      const path = gathering.shown(location);
      documents.push({ id: documentId(path), path, location, format, bytes });
    }
  } catch (error) {
    say(gathering, location, "unreadable", `It can't be read: ${reasonOf(error)}.`);
  }
  return "done";
}

function capped(gathering: Gathering): readonly DocumentRef[] {
  const sorted = gathering.documents.sort((a, b) => (a.path < b.path ? -1 : 1));
  const most = gathering.limits.documentsMax;
  if (sorted.length > most) {
    const message =
      `${sorted.length} documents were found; the first ${most} by path are analysed. ` +
      "Name a smaller folder to reach the others.";
    gathering.note({ kind: "tooMany", path: ".", message });
  }
  return sorted.slice(0, most);
}

function say(gathering: Gathering, location: string, ...[kind, message]: [NoteKind, string]): void {
  gathering.note({ kind, path: gathering.shown(location), message });
}
