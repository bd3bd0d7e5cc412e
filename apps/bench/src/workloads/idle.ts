import { setTimeout as after } from "node:timers/promises";
import { countStatements } from "../measure/statements.ts";
import { openOn, type Workload } from "./workload.ts";

/** Loops that look ever more seldom are at their slowest after that. */
const SETTLE_MS = 15_000;
const WATCH_MS = 20_000;

/** What a worker with nothing to do asks of SQLite. */
export const idle: Workload = {
  name: "idle",
  figures: [
    {
      id: "statements",
      title: "statements of an idle worker",
      unit: "per s",
      better: "less",
    },
  ],
  engines: ["pawl", "openworkflow"],
  synchronous: ["FULL"],
  async measure(bench) {
    const statements = countStatements();
    const engine = await openOn(bench);
    await (await engine.start("sequence", { steps: 1 })).result();
    await after(bench.quick ? 100 : SETTLE_MS);
    const before = statements.count;
    const watchMs = bench.quick ? 500 : WATCH_MS;
    await after(watchMs);
    const asked = statements.count - before;
    await engine.close();
    return { figures: { statements: (asked * 1_000) / watchMs } };
  },
};
