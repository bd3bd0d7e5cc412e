import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Block } from "./readme-blocks.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const END = "-- end of a block --";
/** However the commands end, nothing that they have begun goes on. */
const CLEAN = `PAWL_SERVERS_PID=; trap 'kill $(jobs -p) $PAWL_SERVERS_PID 2>/dev/null' EXIT`;

export interface Ran {
  readonly code: number | null;
  /** What each block printed. */
  readonly printed: readonly string[];
  /** What programs said beside it. */
  readonly said: string;
}

/** Runs blocks one after the other in one shell, from the root of the repository. */
export async function runBlocks(
  blocks: readonly Block[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Ran> {
  const script = blocks.map(({ commands }) => `${commands}echo "${END}"\n`).join("");
  const shell = spawn("bash", ["-c", `set -eu\n${CLEAN}\n${script}`], {
    cwd: REPOSITORY,
    env: { ...process.env, NODE_NO_WARNINGS: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = (): void => void process.kill(-(shell.pid ?? 0), "SIGTERM");
  signal.addEventListener("abort", stop);
  const [out, said, [code]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, "exit"),
  ]);
  signal.removeEventListener("abort", stop);
  return { code, said, printed: out.split(`${END}\n`).slice(0, blocks.length) };
}
