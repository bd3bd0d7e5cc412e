import { EngineError } from "@pawl/kernel";

export type BlobOperation = "open" | "put" | "get" | "has" | "delete" | "list";

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free space, or move the store to a larger one.",
  EDQUOT: "The quota of this user is used up: free space or raise it.",
  EACCES: "This process may not do that there: give its user read and write rights.",
  EPERM: "This process may not do that there: give its user read and write rights.",
  EROFS: "The file system is read-only: mount it writable, or choose another directory.",
  ENOENT: "The store's directory is gone, or can't be made there: restore it, or choose another.",
  ENOTDIR: "A file stands where the store needs a folder: move it away.",
  EISDIR: "A folder stands where the store needs a file: move it away.",
  EMFILE: "This process has too many files open: raise its limit.",
  ENFILE: "The machine has too many files open: raise its limit.",
  EIO: "The disk or the network behind it failed: look at the system's log.",
};

/**
 * The file system did not do what the store needs; nothing half done is visible and the call may
 * be repeated. `details`: `operation`, `path` relative to the store's directory, `systemCode`.
 */
export class BlobStoreError extends EngineError {
  constructor(operation: BlobOperation, path: string, systemCode: string) {
    const remedy = REMEDIES[systemCode] ?? "Look up this code of the operating system.";
    super("E_BLOB_UNAVAILABLE", `Blob ${operation} of "${path}" failed: ${systemCode}. ${remedy}`, {
      details: { operation, path, systemCode },
    });
  }
}

/** Code of an error of the operating system or of Node, undefined for any other. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/**
 * Runs `work`; what the file system throws leaves it as a `BlobStoreError`. The original is not
 * kept as its cause: it names absolute paths, and causes are stored with a run's failures.
 */
export async function translated<T>(
  operation: BlobOperation,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const systemCode = systemCodeOf(error);
    throw systemCode === undefined ? error : new BlobStoreError(operation, path, systemCode);
  }
}
