import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, HOST } from "../free-port.ts";
import { type OwnServer, ownServer } from "../own-server.ts";
import type { Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { ServerProcess } from "../server-process.ts";

const PROGRAM = fileURLToPath(new URL("emulator-process.ts", import.meta.url));

/**
 * An emulator of SQS and S3 of the caller's own. It writes queues, messages and objects through to
 * SQLite, so that the next start has what a crash left, with who hides what until when. Only the
 * ids by which a FIFO queue knows a message again are forgotten.
 */
export async function privateSqs(): Promise<OwnServer | Skipped> {
  const { path: folder, remove } = privateFolder("sqs");
  try {
    return await started(folder, remove);
  } catch (error) {
    remove();
    return { skipped: `SQS: ${error instanceof Error ? error.message : error}` };
  }
}

async function started(folder: string, remove: () => void): Promise<OwnServer> {
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const server = new ServerProcess({
    program: process.execPath,
    args: [PROGRAM, `${port}`, join(folder, "data")],
    folder,
    isReady: () => answers(url),
    asCaller: true,
  });
  await server.start();
  return ownServer({
    url,
    port,
    process: server,
    signals: { fast: "SIGTERM", immediate: "SIGKILL" },
    removeData: remove,
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
