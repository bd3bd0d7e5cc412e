import type { OpenEngine, Place } from "../engines/engine.ts";
import { openPawlApp, type PawlApp } from "../engines/pawl-app.ts";
import { crowd } from "../measure/crowd.ts";
import { untilCompleted } from "../measure/runs.ts";
import { medianOf } from "../statistics/spread.ts";
import { latencyOf } from "./latency.ts";
import { type Bench, type FigureSpec, openOn, type Sample, type Workload } from "./workload.ts";

const CROWDS = { empty: 0, ready: 100_000, finished: 1_000_000 } as const;
type CrowdName = keyof typeof CROWDS;
const QUICK_CROWD = 200;
const ROUNDS = 300;
const QUICK_ROUNDS = 5;
const WARM_UPS = 30;
/** A session that outlives the measurement needs no heartbeat. */
const LEASE_MS = 600_000;

const AMONG: { readonly [name in CrowdName]: string } = {
  empty: "database empty",
  ready: "100,000 ready runs of other workflows",
  finished: "1,000,000 finished runs",
};
const WHAT = { claim: "claim of one run, p50", run: "1 step, start to result, p50" } as const;

const figuresOf = (what: keyof typeof WHAT): readonly FigureSpec[] =>
  (Object.keys(CROWDS) as CrowdName[]).flatMap((name): readonly FigureSpec[] => {
    const title = `${WHAT[what]}, ${AMONG[name]}`;
    const of = {
      better: "less",
      ...(name === "empty" ? {} : { quick: `${QUICK_CROWD}` }),
    } as const;
    const own = { id: `${what}.${name}`, title, unit: "ms", ...of };
    if (name === "empty") return [own];
    return [own, { ...own, id: `${what}.${name}.growth`, title: `${title} ÷ empty`, unit: "×" }];
  });

/** Whether runs that are none of a worker's business cost it anything. */
export const claims: Workload = {
  name: "claims",
  figures: [...figuresOf("claim"), ...figuresOf("run")],
  engines: ["pawl"],
  synchronous: ["on", "1"],
  async measure(bench) {
    const places = new Map<CrowdName, Place>();
    for (const name of Object.keys(CROWDS) as CrowdName[]) {
      places.set(name, await crowded(bench, name));
    }
    const run = await inTurn(bench, await mapped(places, (place) => runner(bench, place)));
    const claim = await inTurn(bench, await mapped(places, (place) => claimer(bench, place)));
    return { figures: { ...compared("run", run), ...compared("claim", claim) } };
  },
};

/** A database that holds so many runs; ready ones wait for a worker that never comes. */
async function crowded(bench: Bench, name: CrowdName): Promise<Place> {
  const place = await bench.newPlace();
  const engine = await openOn(bench, { place, worker: name === "finished" });
  await engine.start("sequence", { steps: 1 });
  if (name === "finished") await untilCompleted(engine, 1);
  await engine.close();
  const size = bench.quick ? Math.min(CROWDS[name], QUICK_CROWD) : CROWDS[name];
  if (size > 0) await crowd(place, { size, foreign: name === "ready" });
  return place;
}

interface Timed {
  /** Answers how many milliseconds it took. */
  once(): Promise<number>;
  close(): Promise<void>;
}

async function runner(bench: Bench, place: Place): Promise<Timed> {
  const engine: OpenEngine = await openOn(bench, { place });
  return { once: () => latencyOf(engine, 1), close: () => engine.close() };
}

/** Takes runs as a worker does, one by one, and carries none of them out. */
async function claimer(bench: Bench, place: Place): Promise<Timed> {
  const { app, start } = await openPawlApp({
    place,
    synchronous: bench.synchronous,
    witness: {},
    worker: false,
    concurrency: 1,
    identity: "claims",
  });
  await startAll(start, roundsOf(bench));
  const { id, epoch } = await app.kernel.dispatch({
    type: "worker.register",
    workerId: "claims",
    host: "bench",
    pid: process.pid,
    leaseTtlMs: LEASE_MS,
  });
  const claim = { type: "job.claim", session: { id, epoch }, limit: 1 } as const;
  return {
    once: async () => {
      const startedAt = performance.now();
      const { length } = await app.kernel.dispatch(claim);
      const tookMs = performance.now() - startedAt;
      if (length !== 1) throw new Error(`a claim took ${length} runs instead of 1`);
      return tookMs;
    },
    close: () => app.stop(),
  };
}

async function startAll(start: PawlApp["start"], count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await start("sequence", { steps: 1 });
}

const roundsOf = ({ quick }: Bench): number => (quick ? QUICK_ROUNDS : WARM_UPS + ROUNDS);

/** All of them once per round, so that what slows the machine slows all of them. */
async function inTurn(
  bench: Bench,
  timed: ReadonlyMap<CrowdName, Timed>,
): Promise<ReadonlyMap<CrowdName, number>> {
  const all = new Map([...timed.keys()].map((name) => [name, [] as number[]] as const));
  for (let round = 0; round < roundsOf(bench); round += 1) {
    const turn = round % 2 === 0 ? [...timed] : [...timed].toReversed();
    for (const [name, { once }] of turn) all.get(name)?.push(await once());
  }
  for (const { close } of timed.values()) await close();
  const kept = bench.quick ? 0 : WARM_UPS;
  return new Map([...all].map(([name, took]) => [name, medianOf(took.slice(kept))]));
}

function compared(
  what: keyof typeof WHAT,
  medians: ReadonlyMap<CrowdName, number>,
): Sample["figures"] {
  const empty = medians.get("empty") ?? Number.NaN;
  const figures: Record<string, number> = {};
  for (const [name, ms] of medians) {
    figures[`${what}.${name}`] = ms;
    if (name !== "empty") figures[`${what}.${name}.growth`] = ms / empty;
  }
  return figures;
}

async function mapped<T>(
  places: ReadonlyMap<CrowdName, Place>,
  open: (place: Place) => Promise<T>,
): Promise<ReadonlyMap<CrowdName, T>> {
  const opened = new Map<CrowdName, T>();
  for (const [name, place] of places) opened.set(name, await open(place));
  return opened;
}
