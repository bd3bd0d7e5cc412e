import { insertsPerS } from "../measure/insert-rate.ts";
import type { Workload } from "./workload.ts";

const CLIENTS = [1, 8, 32] as const;
const SECONDS = 5;

/** What the server and the disk allow, whoever asks. */
export const limits: Workload = {
  name: "limits",
  figures: CLIENTS.map((clients) => ({
    id: `inserts.${clients}`,
    title: `rows inserted one per transaction, ${clients} ${clients === 1 ? "client" : "clients"}`,
    unit: "rows/s",
    better: "more",
  })),
  engines: ["bare"],
  synchronous: ["on"],
  async measure(bench) {
    const { url } = await bench.newPlace();
    const figures: Record<string, number> = {};
    for (const clients of CLIENTS) {
      const seconds = bench.quick ? 1 : SECONDS;
      figures[`inserts.${clients}`] = await insertsPerS({ url, clients, seconds });
    }
    return { figures };
  },
};
