import type { EngineName, StoreName, Synchronous } from "../engines/engine.ts";
import type { Spread } from "../statistics/spread.ts";
import type { FigureSpec, WorkloadName } from "../workloads/workload.ts";

/** One figure of one engine over all repetitions. */
export interface Figure extends Spread, Omit<FigureSpec, "quick"> {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  readonly synchronous: Synchronous;
  /** One per repetition. */
  readonly samples: readonly number[];
}

/** How many times better one engine is than another, pair by pair of repetitions. */
export interface Ratio extends Spread {
  readonly of: EngineName;
  readonly workload: WorkloadName;
  readonly id: string;
  readonly synchronous: Synchronous;
  readonly to: EngineName;
}

/** A curve: the median over the repetitions at each point. */
export interface Series {
  readonly workload: WorkloadName;
  readonly id: string;
  readonly engine: EngineName;
  readonly synchronous: Synchronous;
  readonly values: readonly number[];
}

/** A bound that Pawl has to keep. */
export interface Bar {
  readonly title: string;
  readonly synchronous: Synchronous;
  readonly unit: string;
  readonly bound: "at least" | "at most";
  readonly wanted: number;
  readonly found: Spread;
  /** Whether the median keeps the bound. */
  readonly passed: boolean;
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly node: string;
  /** SQLite versions by driver. */
  readonly sqlite: Readonly<Record<string, string>>;
  /** Name, version and settings of the server, where one was measured. */
  readonly server?: string;
  /** Load average of the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
}

export interface EngineFacts {
  readonly name: EngineName;
  readonly title: string;
  readonly package: string;
  readonly version: string;
  readonly settings: string;
}

export interface Lost {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  readonly synchronous: Synchronous;
  readonly message: string;
}

export interface Results {
  readonly format: 1;
  readonly store: StoreName;
  readonly takenAt: string;
  readonly tookMinutes: number;
  /** Of the tree that was measured; with a plus when it had changes. */
  readonly commit: string;
  readonly quick: boolean;
  readonly repetitions: number;
  readonly machine: Machine;
  readonly engines: readonly EngineFacts[];
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
  /** Measurements that ended in an error. */
  readonly lost: readonly Lost[];
}
