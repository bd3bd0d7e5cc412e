import { bundle } from "./bundle.ts";
import { type ColdStart, coldStart } from "./cold-start.ts";

const TIMES = 11;

type Measured = "processMs" | "importMs" | "startMs" | "jobMs";

const median = (samples: readonly ColdStart[], of: Measured): string => {
  const sorted = samples.map((sample) => sample[of]).sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(1);
};

for (const entry of ["on-memory", "on-sqlite"]) {
  const { file, bytes, gzipBytes } = await bundle(entry);
  const samples: ColdStart[] = [];
  for (let n = 0; n < TIMES; n++) samples.push(await coldStart(file));
  const kb = (count: number): string => `${(count / 1024).toFixed(1)} KB`;
  const ms = (of: Measured): string => `${median(samples, of)} ms`;
  console.log(
    `${entry}: ${kb(bytes)}, ${kb(gzipBytes)} gzip; medians of ${TIMES}: ` +
      `node ${ms("processMs")}, import ${ms("importMs")}, ` +
      `first request ${ms("startMs")}, first message ${ms("jobMs")}`,
  );
}
