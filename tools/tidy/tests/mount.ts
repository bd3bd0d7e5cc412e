import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Where a fixture lies in the repository. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** Copies a fixture out of the repository as a workspace of its own, with its packages linked. */
export function mount(name: string): string {
  const root = mkdtempSync(join(tmpdir(), "pawl-fixture-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(fixture(name), root, { recursive: true });
  mkdirSync(join(root, "node_modules/@pawl"), { recursive: true });
  for (const folder of readdirSync(join(root, "packages"))) {
    symlinkSync(join(root, "packages", folder), join(root, "node_modules/@pawl", folder));
  }
  return root;
}
