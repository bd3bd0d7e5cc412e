import { createHash } from "node:crypto";

const READABLE_MAX = 40;

/** A short id that a person can recognise and that no two paths share. */
export function documentId(path: string): string {
  const readable = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, READABLE_MAX);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 8);
  return readable ? `${readable}-${hash}` : hash;
}
