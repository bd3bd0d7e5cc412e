import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine, Place } from "../engines/engine.ts";
import { medianOf } from "../statistics/spread.ts";
import { gapsOf, mediansOf, windowMedians } from "../statistics/windows.ts";
import type { Witness } from "../work/work.ts";
import {
  type Bench,
  type FigureSpec,
  openOn,
  type Sample,
  type Workload,
  workerOn,
} from "./workload.ts";

const LENGTHS = [1_000, 10_000] as const;
const QUICK_LENGTHS = [200, 400] as const;
const WINDOW = 100;
/**
 * Runs of each length: a collection of garbage slows thousands of steps, but not the same ones. And
 * runs to warm up. Where a step waits for a server, neither is worth as many.
 */
const EFFORT = {
  sqlite: { rounds: 5, warmUps: 10 },
  postgres: { rounds: 2, warmUps: 1 },
  mariadb: { rounds: 2, warmUps: 1 },
  transports: { rounds: 2, warmUps: 1 },
} as const;
/** Long enough for the process that ran the steps to be gone before it is over. */
const SLEEP_MS = 2_000;

const figuresOf = (length: number, i: number): readonly FigureSpec[] => {
  const steps = length.toLocaleString("en");
  const last = lastOf(length);
  const few = { quick: `${QUICK_LENGTHS[i]}` };
  const perStep = { unit: "ms/step", better: "less" } as const;
  return [
    {
      id: `rate.${length}`,
      title: `${steps} steps in a row`,
      unit: "steps/s",
      better: "more",
      ...few,
    },
    { id: `first.${length}`, title: `steps 1–100 of ${steps}`, ...perStep, ...few },
    {
      id: `last.${length}`,
      title: `steps ${last}`,
      ...perStep,
      quick: lastOf(QUICK_LENGTHS[i] ?? length),
    },
    {
      id: `growth.${length}`,
      title: `steps ${last} ÷ steps 1–100`,
      unit: "×",
      better: "less",
      quick: lastOf(QUICK_LENGTHS[i] ?? length),
    },
    {
      id: `resume.${length}`,
      title: `woken in a new process: extra time for ${steps} recorded steps`,
      unit: "ms",
      better: "less",
      ...few,
    },
  ];
};

const lastOf = (length: number): string =>
  `${(length - WINDOW + 1).toLocaleString("en")}–${length.toLocaleString("en")}`;

/** Many steps, one after the other; then a sleep that ends in another process. */
export const longRun: Workload = {
  name: "long-run",
  figures: [
    ...LENGTHS.flatMap(figuresOf),
    { id: "wake", title: "woken in a new process: 1 recorded step", unit: "ms", better: "less" },
  ],
  engines: ["pawl", "bare", "openworkflow", "dbos", "dbos-in-process", "restate"],
  synchronous: ["FULL", "NORMAL", "on", "1"],
  async measure(bench) {
    const figures: Record<string, number> = {};
    const series: Record<string, readonly number[]> = {};
    const wake = bench.engine.durable ? (await runOf(bench, 1)).wakeMs : undefined;
    if (wake !== undefined) figures.wake = wake;
    for (const [i, length] of LENGTHS.entries()) {
      if (i > 0 && !goesFurther(bench, length)) continue;
      const wanted = (bench.quick ? QUICK_LENGTHS : LENGTHS)[i] ?? length;
      const steps = Math.min(wanted, bench.engine.operationsMax - 1);
      const { rounds, wakeMs } = await runOf(bench, steps);
      const gaps = rounds.map(gapsOf);
      Object.assign(figures, costsOf(length, gaps));
      series[`window.${length}`] = mediansOf(gaps.map((each) => windowMedians(each, WINDOW)));
      if (wakeMs !== undefined && wake !== undefined) figures[`resume.${length}`] = wakeMs - wake;
    }
    return { figures, series };
  },
};

/**
 * The longer run is left out where the engine's would be as short as the one before; and on
 * servers, where it takes minutes, for all but Pawl and its limit.
 */
const goesFurther = ({ engine }: Bench, length: number): boolean =>
  length < engine.operationsMax &&
  (engine.store === "sqlite" || engine.name === "pawl" || engine.name === "bare");

function costsOf(length: number, rounds: readonly (readonly number[])[]): Sample["figures"] {
  const first = medianOf(rounds.map((gaps) => medianOf(gaps.slice(0, WINDOW))));
  const last = medianOf(rounds.map((gaps) => medianOf(gaps.slice(-WINDOW))));
  return {
    [`rate.${length}`]: medianOf(rounds.map((gaps) => 1_000 / meanOf(gaps))),
    [`first.${length}`]: first,
    [`last.${length}`]: last,
    [`growth.${length}`]: last / first,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

interface LongRuns {
  /** When each body of each run began. */
  readonly rounds: readonly (readonly number[])[];
  /** From opening the engine in a new process to the end of the sleep that was due before. */
  readonly wakeMs?: number;
}

async function runOf(bench: Bench, steps: number): Promise<LongRuns> {
  const place = await bench.newPlace();
  const { witness, instants, next } = watched();
  const engine = await openOn(bench, { place, witness });
  const effort = EFFORT[bench.engine.store];
  if (steps > 1) await warmUp(engine, bench.quick ? 1 : effort.warmUps);
  const rounds: (readonly number[])[] = [];
  for (let round = 1; round < (bench.quick || steps === 1 ? 1 : effort.rounds); round += 1) {
    next();
    await (await engine.start("sequence", { steps })).result();
    rounds.push(instants());
  }
  const stepped = next();
  const { durable } = bench.engine;
  await engine.start("sequence", { steps, ...(durable ? { sleepMs: SLEEP_MS } : {}) });
  await stepped;
  const dueAt = performance.now() + SLEEP_MS;
  rounds.push(instants());
  await engine.close();
  if (!durable) return { rounds };
  await after(dueAt - performance.now() + 100);
  return { rounds, wakeMs: await wakeMsOf(bench, place) };
}

/** Code that has run often enough is compiled; before that, later steps are cheaper. */
async function warmUp(engine: OpenEngine, runs: number): Promise<void> {
  for (let i = 0; i < runs; i += 1) {
    await (await engine.start("sequence", { steps: 900 })).result();
  }
}

async function wakeMsOf(bench: Bench, place: Place): Promise<number> {
  const worker = workerOn(bench, place);
  try {
    return (await worker.next("awake")).sinceOpeningMs;
  } finally {
    await worker.kill();
  }
}

/** A witness that remembers when bodies began, and tells when the steps are over. */
function watched() {
  let instants: number[] = [];
  let tell = (): void => {};
  const witness: Witness = {
    entered: () => void instants.push(performance.now()),
    stepped: () => tell(),
  };
  return {
    witness,
    instants: (): readonly number[] => instants,
    /** Forgets what was before; resolves when the steps of the next run are over. */
    next: (): Promise<void> => {
      instants = [];
      return new Promise((resolve) => {
        tell = resolve;
      });
    },
  };
}
