import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { baseText } from "./base-text.ts";
import { PROVIDERS, type Provider } from "./provider.ts";
import { schemaFile } from "./schema-file.ts";

const GENERATED = fileURLToPath(new URL("../generated/", import.meta.url));
const PRISMA = createRequire(import.meta.url).resolve("prisma/package.json");
/** The file of a client that says what it was made from. */
const MARK = "made-from";
const run = promisify(execFile);

/** Makes the clients whose schema is another than the one they were made from. */
export async function generateClients(): Promise<void> {
  await Promise.all(PROVIDERS.filter(isStale).map(generateClient));
}

const placeOf = (provider: Provider): string => join(GENERATED, provider);

function isStale(provider: Provider): boolean {
  const mark = join(placeOf(provider), MARK);
  return !existsSync(mark) || readFileSync(mark, "utf8") !== fingerprint(provider);
}

const fingerprint = (provider: Provider): string =>
  createHash("sha256")
    .update(readFileSync(PRISMA))
    .update(baseText(provider))
    .update(schemaFile(provider))
    .digest("hex");

/** Makes it beside its place, so that a second process meets the old one or the new one, whole. */
async function generateClient(provider: Provider): Promise<void> {
  const place = `${placeOf(provider)}.${process.pid}`;
  mkdirSync(join(place, "schema"), { recursive: true });
  writeFileSync(join(place, "schema", "base.prisma"), baseText(provider));
  writeFileSync(join(place, "schema", "pawl.prisma"), schemaFile(provider));
  const cli = join(dirname(PRISMA), "build", "index.js");
  await run(process.execPath, [cli, "generate", "--schema", join(place, "schema")], {
    cwd: place,
    env: {
      ...process.env,
      // Generating needs no engine, but fetches one from the download host unless told of a file.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  });
  writeFileSync(join(place, MARK), fingerprint(provider));
  rmSync(placeOf(provider), { recursive: true, force: true });
  renameSync(place, placeOf(provider));
}
