import type {
  Engine,
  EngineName,
  EngineOptions,
  OpenEngine,
  Synchronous,
} from "../engines/engine.ts";

export type WorkloadName =
  | "drain"
  | "latency"
  | "parallel"
  | "long-run"
  | "recovery"
  | "cost"
  | "idle";

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
}

export interface Workload {
  readonly name: WorkloadName;
  readonly figures: readonly FigureSpec[];
  readonly engines: readonly EngineName[];
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
  /** A new, empty folder. */
  newDirectory(): string;
}

/** An engine with its worker, on a folder of its own, unless told otherwise. */
export const openOn = (bench: Bench, options: Partial<EngineOptions> = {}): Promise<OpenEngine> =>
  bench.engine.open({
    directory: options.directory ?? bench.newDirectory(),
    synchronous: bench.synchronous,
    witness: {},
    worker: true,
    concurrency: 10,
    ...options,
  });
