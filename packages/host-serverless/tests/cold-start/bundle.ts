import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bundle {
  readonly file: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Beside the package's own dependencies, where a driver that is not bundled is found. */
const OUT = fileURLToPath(new URL("../../.cache/cold-start/", import.meta.url));

/** One file of a function, as it would be deployed; drivers of databases stay outside. */
export async function bundle(entry: string, name: string = entry): Promise<Bundle> {
  const file = `${OUT}${name}.mjs`;
  await build({
    entryPoints: [`${HERE}${entry}.ts`],
    outfile: file,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["source"],
    external: ["better-sqlite3", "pg", "mariadb"],
    logLevel: "error",
  });
  const text = await readFile(file);
  return { file, bytes: text.length, gzipBytes: gzipSync(text).length };
}

/** What a platform without Node gets: kernel and host, without handlers for Lambda. */
export async function neutralBundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "../../src/index.ts"; export { createKernel } from "@pawl/kernel";',
      resolveDir: HERE,
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    conditions: ["source"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
