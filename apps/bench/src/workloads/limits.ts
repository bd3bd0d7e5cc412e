import { insertsPerS, rowsPerS } from "../measure/insert-rate.ts";
import type { FigureSpec, Workload } from "./workload.ts";

const CLIENTS = [1, 8, 32] as const;
const BATCHING = [1, 2] as const;
const BATCH = 64;
const SECONDS = 3;

const figure = (id: string, title: string, clients: number): FigureSpec => ({
  id: `${id}.${clients}`,
  title: `${title}, ${clients} ${clients === 1 ? "client" : "clients"}`,
  unit: "rows/s",
  better: "more",
});

/** What the server and the disk allow, whoever asks. */
export const limits: Workload = {
  name: "limits",
  figures: [
    ...CLIENTS.map((clients) => figure("inserts", "rows inserted one per transaction", clients)),
    ...BATCHING.map((clients) =>
      figure("batched", `rows inserted ${BATCH} per transaction from Node`, clients),
    ),
  ],
  engines: ["bare"],
  synchronous: ["on", "1"],
  async measure(bench) {
    const { url } = await bench.newPlace();
    const seconds = bench.quick ? 1 : SECONDS;
    const figures: Record<string, number> = {};
    for (const clients of CLIENTS) {
      figures[`inserts.${clients}`] = await insertsPerS({ url, clients, seconds });
    }
    for (const clients of BATCHING) {
      figures[`batched.${clients}`] = await rowsPerS({ url, clients, seconds }, BATCH);
    }
    return { figures };
  },
};
