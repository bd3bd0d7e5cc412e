import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine } from "../engines/engine.ts";
import { sharedNowMs } from "../processes/shared-clock.ts";
import type { WorkerProcess } from "../processes/worker-process.ts";
import { percentileOf } from "../statistics/spread.ts";
import { type FigureSpec, openOn, TRANSPORTS, type Workload, workerOn } from "./workload.ts";

const PERCENTS = [50, 95, 99] as const;
const STARTS = 200;
const QUICK_STARTS = 5;
const WARM_UP = 20;
const QUICK_WARM_UP = 2;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_SPREAD = 200;
const LIMIT_MS = 60_000;
const FROM = { called: "call of start", answered: "answer to start" } as const;
type From = keyof typeof FROM;

const figure = (from: From, percent: number): FigureSpec => ({
  id: `${from}.p${percent}`,
  title: `${FROM[from]} to first line of first step, two idle worker processes, p${percent}`,
  unit: "ms",
  better: "less",
  quick: `of ${QUICK_STARTS} starts`,
});

/** How soon one of several workers that do nothing begins what another process starts. */
export const pickup: Workload = {
  name: "pickup",
  figures: (["called", "answered"] as const).flatMap((from) =>
    PERCENTS.map((percent) => figure(from, percent)),
  ),
  engines: TRANSPORTS,
  synchronous: ["on"],
  async measure(bench) {
    const place = await bench.newPlace();
    const workers = ["worker-1", "worker-2"].map((identity) =>
      workerOn(bench, place, { identity }),
    );
    await Promise.all(workers.map((worker) => worker.next("opened")));
    const starter = await openOn(bench, { place, worker: false });
    try {
      const entry = entriesOf(workers);
      for (let i = 0; i < (bench.quick ? QUICK_WARM_UP : WARM_UP); i += 1) {
        await pickedUp(starter, entry);
      }
      const starts = bench.quick ? QUICK_STARTS : STARTS;
      const all: PickedUp[] = [];
      for (let i = 0; i < starts; i += 1) {
        await after(PAUSE_MS_MIN + (PAUSE_MS_SPREAD * ((i * 7) % starts)) / starts);
        all.push(await pickedUp(starter, entry));
      }
      return { figures: figuresOf(all) };
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()));
      await starter.close();
    }
  },
};

type PickedUp = { readonly [from in From]: number };

function figuresOf(all: readonly PickedUp[]): Readonly<Record<string, number>> {
  const of = (from: From): readonly (readonly [string, number])[] =>
    PERCENTS.map((percent) => [
      `${from}.p${percent}`,
      percentileOf(
        all.map((each) => each[from]),
        percent,
      ),
    ]);
  return Object.fromEntries([...of("called"), ...of("answered")]);
}

async function pickedUp(starter: OpenEngine, entry: () => Promise<number>): Promise<PickedUp> {
  const entered = entry();
  const calledAt = sharedNowMs();
  await starter.start("sequence", { steps: 1 });
  const answeredAt = sharedNowMs();
  const enteredAt = await entered;
  return { called: enteredAt - calledAt, answered: enteredAt - answeredAt };
}

/** Answers when any of the workers enters a step next. */
function entriesOf(workers: readonly WorkerProcess[]): () => Promise<number> {
  let tell = (_: number): void => {};
  for (const worker of workers) worker.each("entered", ({ atMs }) => tell(atMs));
  return () =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("no worker began the run")), LIMIT_MS);
      tell = (atMs) => {
        clearTimeout(late);
        resolve(atMs);
      };
    });
}
