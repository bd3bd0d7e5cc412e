import type {
  Engine,
  EngineName,
  EngineOptions,
  OpenEngine,
  Place,
  Synchronous,
} from "../engines/engine.ts";
import { WorkerProcess } from "../processes/worker-process.ts";

export type WorkloadName =
  | "drain"
  | "latency"
  | "parallel"
  | "long-run"
  | "recovery"
  | "kills"
  | "cost"
  | "idle"
  | "server-cost"
  | "server-idle"
  | "processes"
  | "distance"
  | "claims"
  | "jobs"
  | "limits"
  | "pickup";

/** Pawl, over each of its transports. */
export const OVER_TRANSPORTS: readonly EngineName[] = ["pawl-sql", "pawl-bullmq", "pawl-sqs"];

/** Likewise, and the transports by themselves. */
export const TRANSPORTS: readonly EngineName[] = [...OVER_TRANSPORTS, "bare-bullmq", "bare-sqs"];

/** What one measurement answers, by the ids of figures and series. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
}

/** One figure of a workload. */
export interface FigureSpec {
  readonly id: string;
  /** As tables show it. */
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** What a quick measurement does instead of what the title says. */
  readonly quick?: string;
}

export interface Workload {
  readonly name: WorkloadName;
  readonly figures: readonly FigureSpec[];
  readonly engines: readonly EngineName[];
  /** True: engines do not disturb each other, and all are measured at once. Default: in turn. */
  readonly together?: boolean;
  /** Durabilities that can make a difference. */
  readonly synchronous: readonly Synchronous[];
  /** Runs once, in a process of its own, and answers the figures; some may not apply. */
  measure(bench: Bench): Promise<Sample>;
}

/** What one measurement may use. */
export interface Bench {
  readonly engine: Engine;
  readonly synchronous: Synchronous;
  /** Everything smaller, to see that it works; the figures mean nothing. */
  readonly quick: boolean;
  /** A new place that is ready for the engine. */
  newPlace(): Promise<Place>;
  /** The same database, reached through a network. */
  atADistance(place: Place): Place;
}

/** A process whose worker is called `worker-1`, unless told otherwise, and runs 10 at once. */
export const workerOn = (
  { engine: { name, store }, synchronous }: Bench,
  place: Place,
  options: { readonly identity?: string; readonly concurrency?: number } = {},
): WorkerProcess =>
  new WorkerProcess({
    engine: name,
    store,
    place,
    synchronous,
    identity: "worker-1",
    concurrency: 10,
    ...options,
  });

/** An engine with its worker, on a place of its own, unless told otherwise. */
export const openOn = async (
  bench: Bench,
  options: Partial<EngineOptions> = {},
): Promise<OpenEngine> =>
  bench.engine.open({
    place: options.place ?? (await bench.newPlace()),
    synchronous: bench.synchronous,
    witness: {},
    worker: true,
    concurrency: 10,
    identity: "worker-1",
    ...options,
  });
