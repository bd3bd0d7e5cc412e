import { TerminalError } from "@pawl/kernel";
import { type CollectNote, EXTENSIONS } from "./document.ts";

/** Paths that the user named do not exist; another attempt would not find them either. */
export class MissingPathError extends TerminalError {
  readonly paths: readonly string[];

  constructor(paths: readonly string[], from: string) {
    const named = paths.map((path) => `"${path}"`).join(", ");
    const [verb, pronoun] = paths.length === 1 ? ["does", "it"] : ["do", "them"];
    super(
      `${named} ${verb} not exist. Looked in ${from}; check the spelling or name ${pronoun} with ` +
        "an absolute path.",
      { details: { paths } },
    );
    this.paths = paths;
  }
}

/** Nothing among the named paths can be analysed; says why what was found was left out. */
export class NoDocumentsError extends TerminalError {
  constructor(paths: readonly string[], notes: readonly CollectNote[] = []) {
    const more = notes.length - NOTES_SHOWN;
    const lines = [
      `No document found in ${paths.map((path) => `"${path}"`).join(", ")}. ` +
        `The demo reads files that end in ${EXTENSIONS.join(", ")}.`,
      ...notes.slice(0, NOTES_SHOWN).map(leftOut),
      ...(more > 0 ? [`… and ${more} more`] : []),
    ];
    super(lines.join("\n"), { details: { paths } });
  }
}

const NOTES_SHOWN = 10;

/** `big.md has 19 MB; files over 2 MB are left out` */
function leftOut({ path, message }: CollectNote): string {
  const says = message.replace(/\.$/, "");
  return says.startsWith("It ") ? `${path} ${says.slice("It ".length)}` : `${path}: ${says}`;
}

/** Code of an error of the operating system; undefined for any other. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  ELOOP: "its symbolic links go in a circle",
  ENOENT: "it disappeared meanwhile",
  EIO: "the disk failed to deliver it",
  EMFILE: "too many files are open",
  EISDIR: "it became a folder meanwhile",
};

/** Why the file system refused, in words. Errors of other origin are thrown again. */
export function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  return REASONS[code] ?? `the system said ${code}`;
}
