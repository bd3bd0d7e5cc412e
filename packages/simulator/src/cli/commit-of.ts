import { execFileSync } from "node:child_process";

/** Ranges count for the code that they were played with; code that is not committed is new. */
export function commitOf(): string {
  try {
    const options = { encoding: "utf8" } as const;
    const commit = execFileSync("git", ["describe", "--always", "--dirty"], options).trim();
    return commit.endsWith("-dirty") ? `${commit}-${Date.now()}` : commit;
  } catch {
    return `unknown-${Date.now()}`;
  }
}
