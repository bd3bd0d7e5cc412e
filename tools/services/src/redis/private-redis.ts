import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, HOST } from "../free-port.ts";
import { type OwnServer, ownServer } from "../own-server.ts";
import type { Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { ServerProcess } from "../server-process.ts";
import { installByApt } from "../sources/install-by-apt.ts";
import { folderOf } from "../sources/on-path.ts";

/** A server of the caller's own; it keeps its data in memory and writes every change behind. */
export async function privateRedis(): Promise<OwnServer | Skipped> {
  const program = onTheMachine() ?? (await installed());
  if (typeof program !== "string") return program;
  const { path: folder, remove } = privateFolder("redis");
  try {
    return await started(program, folder, remove);
  } catch (error) {
    remove();
    return { skipped: `Redis: ${error instanceof Error ? error.message : error}` };
  }
}

async function installed(): Promise<string | Skipped> {
  const failed = await installByApt("redis-server");
  return onTheMachine() ?? { skipped: failed ?? "no redis-server" };
}

function onTheMachine(): string | undefined {
  const folder = folderOf("redis-server", ["/usr/bin"]);
  return folder === undefined ? undefined : join(folder, "redis-server");
}

async function started(program: string, folder: string, remove: () => void): Promise<OwnServer> {
  const port = await freePort();
  const process = new ServerProcess({
    program,
    args: [
      ...["--port", `${port}`, "--bind", HOST],
      ...["--dir", folder, "--save", "", "--appendonly", "yes"],
    ],
    folder,
    isReady: () => answers(port),
  });
  await process.start();
  return ownServer({
    url: `redis://${HOST}:${port}`,
    port,
    process,
    signals: { fast: "SIGTERM", immediate: "SIGKILL" },
    removeData: remove,
  });
}

/** Says PING without a driver. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    socket.write("PING\r\n");
    const [said] = await Promise.race([once(socket, "data"), once(socket, "close")]);
    return String(said).startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
