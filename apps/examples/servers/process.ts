import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { freePort, isSkipped, type OwnServer, privatePostgres, privateSqs } from "@pawl/services";
import { makeOnEmulator } from "./on-emulator.ts";

const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
const removals: (() => Promise<unknown>)[] = [];
try {
  process.send?.(await start(process.argv.includes("sqs")));
  const staying = setInterval(() => {}, 60_000);
  await ended;
  clearInterval(staying);
} catch (error) {
  process.send?.({ error: String(error) });
} finally {
  for (const remove of removals) await remove();
}

/** PostgreSQL, unless the environment names one, and beside it what `withSqs` says. */
async function start(withSqs: boolean): Promise<Readonly<Record<string, string>>> {
  const database = process.env.PAWL_DATABASE_URL ?? (await had(privatePostgres())).url;
  if (!withSqs) return { PAWL_DATABASE_URL: database, PAWL_BLOB_URL: await blobFolder() };
  const { url } = await had(privateSqs());
  return {
    PAWL_DATABASE_URL: database,
    ...(await makeOnEmulator(url)),
    PAWL_FUNCTION_URL: `http://127.0.0.1:${await freePort()}`,
  };
}

async function had(asked: ReturnType<typeof privateSqs>): Promise<OwnServer> {
  const server = await asked;
  if (isSkipped(server)) throw new Error(server.skipped);
  removals.push(() => server.remove());
  return server;
}

async function blobFolder(): Promise<string> {
  if (process.env.PAWL_BLOB_URL) return process.env.PAWL_BLOB_URL;
  const folder = await mkdtemp(join(tmpdir(), "pawl-blobs-"));
  removals.push(() => rm(folder, { recursive: true }));
  return pathToFileURL(folder).href;
}
