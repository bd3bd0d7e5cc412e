/** Measures one workload on one engine once, and tells the parent what came out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENGINES } from "../engines/by-name.ts";
import { WORKLOADS } from "../workloads/by-name.ts";
import type { Measurement } from "./measurement.ts";

const { workload, engine, synchronous, quick } = JSON.parse(process.argv[2] ?? "") as Measurement;
const folder = mkdtempSync(join(tmpdir(), "pawl-bench-"));
try {
  const newDirectory = (): string => mkdtempSync(join(folder, "store-"));
  const bench = { engine: ENGINES[engine], synchronous, quick, newDirectory };
  process.send?.(await WORKLOADS[workload].measure(bench));
} catch (error) {
  process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
} finally {
  rmSync(folder, { recursive: true, force: true });
  process.disconnect?.();
}
