import { setTimeout as after } from "node:timers/promises";
import { untilCompleted } from "../measure/runs.ts";
import { ServerCost } from "../measure/server-cost.ts";
import { OVER_TRANSPORTS, openOn, type Workload } from "./workload.ts";

/** Loops that look ever more seldom are at their slowest after that. */
const SETTLE_MS = 10_000;
const WATCH_MS = 15_000;

/** What a worker with nothing to do asks of a server. */
export const serverIdle: Workload = {
  name: "server-idle",
  figures: [
    {
      id: "statements",
      title: "statements of an idle worker",
      unit: "per s",
      better: "less",
    },
  ],
  together: true,
  engines: ["pawl", "openworkflow", "dbos", "dbos-in-process", ...OVER_TRANSPORTS],
  synchronous: ["on", "1"],
  async measure(bench) {
    const place = await bench.newPlace();
    const engine = await openOn(bench, { place });
    await engine.start("sequence", { steps: 1 });
    await untilCompleted(engine, 1);
    await after(bench.quick ? 100 : SETTLE_MS);
    const cost = await ServerCost.begin(place);
    const before = await cost.read();
    const watchMs = bench.quick ? 500 : WATCH_MS;
    await after(watchMs);
    const { statements } = await cost.read();
    await cost.close();
    await engine.close();
    return { figures: { statements: ((statements - before.statements) * 1_000) / watchMs } };
  },
};
