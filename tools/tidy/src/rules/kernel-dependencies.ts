import type { Rule } from "../rule.ts";

const MANIFEST = "packages/kernel/package.json";

/** A pure hash, a pure cron calculator, and types. */
const ALLOWED = new Set(["@noble/hashes", "@standard-schema/spec", "croner"]);

/** What the kernel brings into a user's program is an allow-list. */
export const kernelDependencies: Rule = (tree) => {
  const manifest = tree.find((file) => file.path === MANIFEST);
  if (!manifest) return [];
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(manifest.text);
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
    .filter((name) => !ALLOWED.has(name))
    .map((name) => ({ path: MANIFEST, says: `${name} is not on the kernel's allow-list` }));
};
