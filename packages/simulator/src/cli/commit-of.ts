import { execFileSync } from "node:child_process";

/** The code that ranges are played with. */
export interface Code {
  readonly commit: string;
  /** False: it has changes that are in no commit, and a name that never comes again. */
  readonly isCommitted: boolean;
}

/** Ranges count for the code that they were played with; code that is not committed is new. */
export function commitOf(): Code {
  try {
    const options = { encoding: "utf8" } as const;
    const commit = execFileSync("git", ["describe", "--always", "--dirty"], options).trim();
    if (!commit.endsWith("-dirty")) return { commit, isCommitted: true };
    return { commit: `${commit}-${Date.now()}`, isCommitted: false };
  } catch {
    return { commit: `unknown-${Date.now()}`, isCommitted: false };
  }
}
