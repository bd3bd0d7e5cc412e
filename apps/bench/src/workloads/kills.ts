import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine, Place } from "../engines/engine.ts";
import type { WorkerProcess } from "../processes/worker-process.ts";
import { percentileOf } from "../statistics/spread.ts";
import { type Bench, openOn, type Workload, workerOn } from "./workload.ts";

const KILLS = 8;
const QUICK_KILLS = 1;
const KILL_EVERY_MS = 2_000;
const WORKERS = 3;
const STEPS = 5;
const STEP_MS = 40;
const START_EVERY_MS = 40;
/** After the last kill; what has not ended by then is lost as far as a user can tell. */
const LIMIT_MS = 90_000;
const LOOK_MS = 100;
const HOLDS_LOOK_MS = 5;

const quick = `${QUICK_KILLS} kill`;

/** Workers that are killed one after the other, and replaced at once, while runs come in. */
export const kills: Workload = {
  name: "kills",
  figures: [
    {
      id: "p50",
      title: "8 SIGKILLs under load: until an interrupted run goes on, p50",
      unit: "ms",
      better: "less",
      quick,
    },
    {
      id: "p99",
      title: "8 SIGKILLs under load: until an interrupted run goes on, p99",
      unit: "ms",
      better: "less",
      quick,
    },
    {
      id: "left",
      title: "runs not ended 90 s after the last of 8 SIGKILLs",
      unit: "runs",
      better: "less",
      quick,
    },
  ],
  engines: ["pawl", "openworkflow", "dbos", "restate"],
  synchronous: ["on", "1"],
  async measure(bench) {
    const place = await bench.newPlace();
    const starter = await openOn(bench, { place, worker: false });
    const fleet = new Fleet(bench, place);
    try {
      await fleet.opened();
      const killing = killAll(fleet, bench.quick ? QUICK_KILLS : KILLS);
      const started = await startUntil(starter, killing);
      const left = await leftOf(starter, started, fleet);
      const tookMs = fleet.recoveriesMs;
      const figures = { p50: percentileOf(tookMs, 50), p99: percentileOf(tookMs, 99), left };
      return { figures };
    } finally {
      await fleet.end();
      await starter.close();
    }
  },
};

async function killAll(fleet: Fleet, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await after(KILL_EVERY_MS);
    await fleet.replace(i);
  }
}

/** Starts a run every now and then. Answers how many. */
async function startUntil(starter: OpenEngine, ended: Promise<void>): Promise<number> {
  let isOver = false;
  const over = ended.finally(() => {
    isOver = true;
  });
  let run = 0;
  for (; !isOver; run += 1) {
    await starter.start("sequence", { steps: STEPS, stepMs: STEP_MS, run });
    await after(START_EVERY_MS);
  }
  await over;
  return run;
}

async function leftOf(starter: OpenEngine, started: number, fleet: Fleet): Promise<number> {
  const giveUpAt = performance.now() + LIMIT_MS;
  for (;;) {
    const left = started - (await starter.completed());
    if (left === 0 || performance.now() > giveUpAt) {
      fleet.giveUp();
      return left;
    }
    await after(LOOK_MS);
  }
}

interface Entry {
  readonly by: WorkerProcess;
  readonly step: number;
}

/** Worker processes, and who of them entered which run last. */
class Fleet {
  readonly recoveriesMs: number[] = [];
  readonly #bench: Bench;
  readonly #place: Place;
  readonly #workers: WorkerProcess[];
  readonly #entries = new Map<number, Entry>();
  /** When the worker of an interrupted run was killed. */
  readonly #killedAt = new Map<number, number>();

  constructor(bench: Bench, place: Place) {
    this.#bench = bench;
    this.#place = place;
    const count = bench.engine.name === "restate" ? 1 : WORKERS;
    this.#workers = Array.from({ length: count }, (_, i) => this.#worker(i));
  }

  async opened(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.next("opened")));
  }

  /** Kills one once it is inside of a run, and starts another of its name. */
  async replace(which: number): Promise<void> {
    const place = which % this.#workers.length;
    const killed = this.#workers[place] as WorkerProcess;
    while (this.#runsInside(killed).length === 0) await after(HOLDS_LOOK_MS);
    const at = performance.now();
    await killed.kill();
    for (const run of this.#runsInside(killed)) this.#killedAt.set(run, at);
    this.#workers[place] = this.#worker(place);
  }

  /** Runs that are still interrupted have taken at least as long as this. */
  giveUp(): void {
    for (const at of this.#killedAt.values()) this.recoveriesMs.push(performance.now() - at);
    this.#killedAt.clear();
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }

  /** Runs that it entered last and that have steps to come. */
  #runsInside(worker: WorkerProcess): readonly number[] {
    return [...this.#entries].flatMap(([run, { by, step }]) =>
      by === worker && step < STEPS - 1 ? [run] : [],
    );
  }

  #worker(place: number): WorkerProcess {
    const worker = workerOn(this.#bench, this.#place, { identity: `worker-${place + 1}` });
    worker.each("entered", ({ step = 0, run = 0 }) => {
      const at = this.#killedAt.get(run);
      if (at !== undefined) this.recoveriesMs.push(performance.now() - at);
      this.#killedAt.delete(run);
      this.#entries.set(run, { by: worker, step });
    });
    return worker;
  }
}
