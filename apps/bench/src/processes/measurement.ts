import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EngineName, StoreName, Synchronous } from "../engines/engine.ts";
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
}

const PROGRAM = fileURLToPath(new URL("measure.ts", import.meta.url));

/**
 * Measures once, in a new process, so that no engine runs in what another left behind.
 * `profiles`, a folder, gets a CPU profile of it.
 *
 * @throws Error with what the process said
 */
export async function measured(measurement: Measurement, profiles?: string): Promise<Sample> {
  const profile = profiles ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : [];
  const child = fork(PROGRAM, [JSON.stringify(measurement)], {
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
  const [code, signal] = await once(child, "exit");
  if (said && "figures" in said) return said;
  throw new Error(said?.error ?? `the process ended with ${signal ?? `code ${code}`}`);
}
