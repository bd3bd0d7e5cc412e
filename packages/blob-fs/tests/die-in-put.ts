import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("killed-writer.ts", import.meta.url));

/** Runs a process that is killed (SIGKILL) while its put of `key` has written a part. */
export async function dieInPut(directory: string, key: string): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=source", PROGRAM, directory, key], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code, signal] = await once(child, "exit");
  if (signal !== "SIGKILL") throw new Error(`The writer ended by itself, with ${code}`);
}
