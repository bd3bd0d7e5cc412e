import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const REQUIRE =
  'import { createRequire } from "node:module"; ' +
  "const require = createRequire(import.meta.url);";

/** Packs the handlers into one file, which `template.yaml` deploys. */
await build({
  entryPoints: [here("handlers.ts")],
  outfile: here("dist/handlers.mjs"),
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  // CommonJS has no `import.meta.url`, which some of Pawl's modules ask for.
  format: "esm",
  // What is packed as CommonJS, such as pg, requires modules of Node.
  banner: { js: REQUIRE },
  // Other databases, and what pg would rather have.
  external: ["better-sqlite3", "mariadb", "pg-native"],
  // Only in this repository, where nothing is built.
  conditions: ["source"],
});
