import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Brokers, EngineName, StoreName, Synchronous } from "../engines/engine.ts";
import type { Sample, WorkloadName } from "../workloads/workload.ts";

export interface Measurement {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  readonly store: StoreName;
  readonly synchronous: Synchronous;
  readonly quick: boolean;
  /** Where engines on PostgreSQL get their databases. */
  readonly server?: ServerUrls;
}

export interface ServerUrls {
  readonly url: string;
  /** Of the same server, with a network in between. */
  readonly distantUrl: string;
  /** Where transports are compared. */
  readonly brokers?: Brokers;
}

/** What the process that measures is told, as JSON. */
export interface MeasurementParts extends Measurement {
  /** Everything that it stores lies below. */
  readonly folder: string;
}

export interface MeasuredOptions {
  /** A folder that gets a CPU profile of it. */
  readonly profiles?: string | undefined;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
  /** After that it is given up, so that the others get their turn. Default: ten minutes. */
  readonly limitMs?: number;
}

const LIMIT_MS = 600_000;

const PROGRAM = fileURLToPath(new URL("measure.ts", import.meta.url));

/**
 * Measures once, in a new process, so that no engine runs in what another left behind.
 * Whatever becomes of it, what it stored is removed.
 *
 * @throws Error with what the process said or that it took too long, or the signal's reason once
 * that is aborted
 */
export async function measured(
  measurement: Measurement,
  options: MeasuredOptions,
): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), "pawl-bench-"));
  try {
    return await measuredIn({ ...measurement, folder }, options);
  } finally {
    // Workers of a process that was killed may write until they notice.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function measuredIn(
  parts: MeasurementParts,
  { profiles, signal, limitMs = LIMIT_MS }: MeasuredOptions,
): Promise<Sample> {
  signal.throwIfAborted();
  const profile = profiles ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : [];
  const child = fork(PROGRAM, [JSON.stringify(parts)], {
    execArgv: [
      "--conditions=source",
      ...["ExperimentalWarning", "DeprecationWarning"].map((kind) => `--disable-warning=${kind}`),
      ...profile,
    ],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let said: Sample | { readonly error: string } | undefined;
  child.on("message", (message) => {
    said = message as typeof said;
  });
  const kill = (): void => void child.kill("SIGKILL");
  const limit = setTimeout(kill, limitMs);
  const startedAt = performance.now();
  signal.addEventListener("abort", kill);
  const [code, by] = await once(child, "exit");
  signal.removeEventListener("abort", kill);
  clearTimeout(limit);
  signal.throwIfAborted();
  if (said && "figures" in said) return said;
  const isLate = performance.now() - startedAt >= limitMs;
  if (isLate) throw new Error(`it was given up after ${limitMs / 1_000} s`);
  throw new Error(said?.error ?? `the process ended with ${by ?? `code ${code}`}`);
}
