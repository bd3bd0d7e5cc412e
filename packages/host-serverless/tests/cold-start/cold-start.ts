import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface ColdStart {
  readonly statusCode: number;
  readonly failures: number;
  readonly run: { readonly status: string; readonly output: unknown };
  /** Node itself, until the bundle is imported. */
  readonly processMs: number;
  readonly importMs: number;
  /** First request: opens the store and starts a run. */
  readonly startMs: number;
  /** First message: opens a session and executes a run of two steps. */
  readonly jobMs: number;
}

const PROGRAM = fileURLToPath(new URL("./first-invocation.ts", import.meta.url));

/** The first invocations of a function in a new process. */
export async function coldStart(file: string): Promise<ColdStart> {
  const folder = await mkdtemp(join(tmpdir(), "pawl-cold-"));
  try {
    const environment = { ...process.env, PAWL_FILE: join(folder, "pawl.db") };
    const flags = ["--conditions=source", PROGRAM, file];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { env: environment });
    return JSON.parse(stdout) as ColdStart;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
