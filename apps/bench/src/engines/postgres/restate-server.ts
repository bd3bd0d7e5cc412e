import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, privateFolder, ServerProcess } from "@pawl/services";
import type { Place } from "../engine.ts";

const BENCH = new URL("../../../", import.meta.url);
const PACKAGE = "@restatedev/restate-server";
export const RESTATE_VERSION = "1.7.12";
const HOST = "127.0.0.1";
export const PARTITIONS = 4;

/** Where the server of a place listens, and where it looks for the code. */
export interface RestatePorts {
  readonly ingress: number;
  readonly admin: number;
  readonly service: number;
}

/** Starts a server with a log of its own for a place. */
export async function startRestate(place: Place): Promise<() => Promise<void>> {
  const [ingress, admin, node, service] = await Promise.all([1, 2, 3, 4].map(freePort));
  if (!ingress || !admin || !node || !service) throw new Error("no ports for Restate");
  const { path: folder, remove } = privateFolder("restate");
  const server = new ServerProcess({
    program: "env",
    args: [
      `RESTATE_INGRESS__BIND_ADDRESS=${HOST}:${ingress}`,
      `RESTATE_ADMIN__BIND_ADDRESS=${HOST}:${admin}`,
      `RESTATE_BIND_ADDRESS=${HOST}:${node}`,
      `RESTATE_ADVERTISED_ADDRESS=http://${HOST}:${node}`,
      `RESTATE_DEFAULT_NUM_PARTITIONS=${PARTITIONS}`,
      "RESTATE_DISABLE_TELEMETRY=true",
      "RESTATE_LOG_FILTER=warn",
      binary(),
      ...["--base-dir", join(folder, "data"), "--node-name", "bench"],
    ],
    folder,
    isReady: async () =>
      (await isHealthy(`http://${HOST}:${ingress}/restate/health`)) &&
      answersQueries(`http://${HOST}:${admin}/query`),
  });
  await server.start();
  const ports: RestatePorts = { ingress, admin, service };
  writeFileSync(portsPath(place), JSON.stringify(ports));
  return async () => {
    await server.stop("SIGKILL");
    remove();
  };
}

export const restatePorts = (place: Place): RestatePorts =>
  JSON.parse(readFileSync(portsPath(place), "utf8"));

const portsPath = ({ directory }: Place): string => join(directory, "restate.json");

/** Fetched by the first measurement that wants it: 81 MB that nothing else here needs. */
function binary(): string {
  const folder = fileURLToPath(new URL(`.cache/restate-${RESTATE_VERSION}/`, BENCH));
  const installed = join(folder, "node_modules", PACKAGE, "package.json");
  if (!existsSync(installed)) install(folder);
  const { platform, arch } = process;
  return createRequire(installed).resolve(`${PACKAGE}-${platform}-${arch}/bin/restate-server`);
}

function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
  const wanted = `${PACKAGE}@${RESTATE_VERSION}`;
  const npm = spawnSync("npm", ["install", "--prefix", folder, ...quietly, wanted], {
    encoding: "utf8",
  });
  if (npm.status !== 0) throw new Error(`${wanted} could not be had: ${npm.stderr}`);
}

/** Partitions find their leader after the server calls itself healthy. */
const answersQueries = (url: string): Promise<boolean> =>
  isHealthy(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "SELECT count(*) FROM sys_invocation" }),
  });

async function isHealthy(url: string, request: RequestInit = {}): Promise<boolean> {
  try {
    return (await fetch(url, request)).ok;
  } catch {
    return false;
  }
}
