import { chownSync } from "node:fs";

const NOBODY = 65_534;

/** For `spawn`: servers refuse to run as root. */
export const unprivileged = (): { readonly uid?: number; readonly gid?: number } =>
  isRoot() ? { uid: NOBODY, gid: NOBODY } : {};

/** Hands a folder to whom servers run as. */
export function giveToServer(path: string): void {
  if (isRoot()) chownSync(path, NOBODY, NOBODY);
}

export const isRoot = (): boolean => process.getuid?.() === 0;
