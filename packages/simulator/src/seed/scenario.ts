import type { NodeHostOptions } from "@pawl/host-node";
import type { Limits } from "@pawl/kernel";
import { drawFaults, FAULT_KINDS } from "../faults/draw-faults.ts";
import type { Fault, FaultKind } from "../faults/fault.ts";
import { drawProgram, type Program } from "../programs/program.ts";
import { Prng } from "../world/prng.ts";
import type { Order } from "../world/schedule.ts";

export type Adapter = "memory" | "sqlite";

export type Verb = "run.cancel" | "run.terminate" | "run.pause" | "run.resume";

export interface Start {
  /** Milliseconds since the simulation began. */
  readonly at: number;
  readonly workflowId: string;
  readonly input: unknown;
  readonly idempotencyKey?: string;
  /** Started that often at once, each time with the same key. */
  readonly times: number;
  /** The run is pending for so long. */
  readonly delayMs?: number;
  readonly queue?: string;
  readonly priority?: number;
  /** Asked of this process while it lives, beside its host; else of one that is only a client. */
  readonly process?: number;
}

export interface Control {
  readonly at: number;
  readonly verb: Verb;
  /** Number of the start that it is about. */
  readonly start: number;
}

/** How the engine and its surroundings are set up. */
export interface Conditions {
  readonly processes: number;
  readonly order: Order;
  /** Longest time of a call in sound weather. */
  readonly latencyMs: number;
  /** Jobs are delivered by a queue; else hosts only claim. */
  readonly queue: boolean;
  /** And hosts look for nothing else, as those that jobs are pushed to. */
  readonly jobsOnly: boolean;
  readonly sink: boolean;
  /** The queue "slow" is served by the first process alone. */
  readonly splitQueues: boolean;
  /** Batches of commits that a process has under way at once. */
  readonly commitLanes: number;
  readonly limits: Partial<Limits>;
  readonly host: Partial<NodeHostOptions>;
  readonly leaseTtlMs: number;
  /** From then on nothing goes wrong any more. */
  readonly healAtMs: number;
}

/** All that one seed says. Plain data, so that parts can be left out. */
export interface Scenario {
  readonly seed: string;
  readonly adapter: Adapter;
  readonly conditions: Conditions;
  readonly programs: readonly Program[];
  readonly starts: readonly Start[];
  readonly controls: readonly Control[];
  readonly faults: readonly Fault[];
}

export interface ScenarioOptions {
  readonly adapter?: Adapter;
  /** Default: all. */
  readonly faults?: readonly FaultKind[];
}

export function drawScenario(seed: string, options: ScenarioOptions = {}): Scenario {
  const { adapter = "memory", faults = FAULT_KINDS } = options;
  const root = new Prng(`pawl/${seed}`);
  const conditions = drawConditions(root.fork("conditions"));
  const programs = drawPrograms(root.fork("programs"));
  const starts = drawStarts(root.fork("starts"), programs, conditions);
  return {
    seed,
    adapter,
    conditions,
    programs,
    starts,
    controls: drawControls(root.fork("controls"), starts, conditions),
    faults: drawFaultsOf(root.fork("faults"), conditions, faults),
  };
}

/** The faults of a scenario with these conditions. */
export const drawFaultsOf = (
  chance: Prng,
  { processes, leaseTtlMs, healAtMs }: Conditions,
  kinds: readonly FaultKind[],
): readonly Fault[] =>
  drawFaults({ chance, processes, leaseTtlMs, kinds, withinMs: healAtMs - 1_000 });

const drawPrograms = (chance: Prng): readonly Program[] =>
  Array.from({ length: chance.weighted({ one: 6, two: 2 }) === "one" ? 1 : 2 }, (_, i) =>
    drawProgram(chance.fork(`${i}`), `p${i}`),
  );

function drawStarts(
  chance: Prng,
  programs: readonly Program[],
  { processes }: Conditions,
): readonly Start[] {
  return Array.from({ length: chance.int(1, 3) }, (_, i) => {
    const key = chance.chance(0.4) ? { idempotencyKey: `key${i}` } : {};
    const late = chance.chance(0.15) ? { delayMs: chance.int(-1_000, 15_000) } : {};
    const beside = chance.chance(0.6) ? { process: chance.int(0, processes - 1) } : {};
    const queue = chance.chance(0.2) ? { queue: "slow" } : {};
    const priority = chance.chance(0.2) ? { priority: chance.int(-5, 5) } : {};
    return {
      at: chance.chance(0.25) ? 0 : chance.int(0, 10_000),
      workflowId: chance.pick(programs).id,
      input: `in${i}`,
      times: "idempotencyKey" in key && chance.chance(0.6) ? chance.int(2, 3) : 1,
      ...key,
      ...late,
      ...beside,
      ...queue,
      ...priority,
    };
  });
}

function drawControls(
  chance: Prng,
  starts: readonly Start[],
  { healAtMs }: Conditions,
): readonly Control[] {
  if (chance.chance(0.6)) return [];
  const verb = (): Verb =>
    chance.weighted({ "run.cancel": 1, "run.terminate": 1, "run.pause": 4, "run.resume": 4 });
  return Array.from({ length: chance.int(1, 5) }, () => {
    const start = chance.int(0, starts.length - 1);
    const longest = chance.chance(0.6) ? 3_000 : healAtMs - 1_000;
    return { at: (starts[start]?.at ?? 0) + chance.int(0, longest), verb: verb(), start };
  });
}

export function drawConditions(chance: Prng): Conditions {
  const leaseTtlMs = chance.int(3_000, 9_000);
  const concurrency = chance.pick([1, 2, 3, 10]);
  return {
    processes: chance.weighted({ one: 2, two: 5, three: 2 }) === "one" ? 1 : chance.int(2, 3),
    order: chance.weighted({ any: 6, oldest: 1, newest: 1, starved: 2 }),
    latencyMs: chance.weighted({ none: 4, some: 3, much: 1 }) === "none" ? 0 : chance.int(1, 120),
    queue: chance.chance(0.3),
    jobsOnly: chance.fork("jobsOnly").chance(0.5),
    sink: chance.chance(0.3),
    splitQueues: chance.chance(0.3),
    commitLanes: chance.pick([1, 2, 4]),
    leaseTtlMs,
    healAtMs: chance.int(15_000, 40_000),
    limits: drawLimits(chance),
    host: {
      leaseTtlMs,
      concurrency,
      jobPollIntervalMs: chance.int(100, 1_500),
      orchestrationIntervalMs: chance.int(300, 4_000),
      maxClaimsPerTick: chance.int(1, concurrency),
      drainTimeoutMs: chance.chance(0.5) ? chance.int(0, 4_000) : 60_000,
      ...(chance.chance(0.3) ? { maxSuspendedChecksPerTick: chance.int(1, 3) } : {}),
      ...(chance.chance(0.3) ? { maxOutboxFlushPerTick: chance.int(1, 3) } : {}),
    },
  };
}

/** Bounds so tiny that what lies beyond them happens all the time. */
function drawLimits(chance: Prng): Partial<Limits> {
  const or = (tiny: () => Partial<Limits>): Partial<Limits> => (chance.chance(0.5) ? tiny() : {});
  return {
    ...or(() => ({ memoRecordsMax: chance.int(1, 4) })),
    ...or(() => ({ memoBytesMax: chance.int(1, 400) })),
    ...or(() => ({ payloadInlineBytesMax: chance.pick([0, 16, 200]) })),
    ...or(() => ({ commitBatchMax: chance.int(1, 3) })),
    ...or(() => ({ stickyStagesMax: chance.int(1, 3) })),
    ...or(() => ({ stickyMs: chance.int(0, 200) })),
    ...or(() => ({ retryInPlaceMs: chance.int(0, 100) })),
    ...or(() => ({ timeoutGraceMs: chance.int(1, 300) })),
    ...or(() => ({ outOfReachRetryMs: chance.int(1, 400) })),
    ...or(() => ({ sweepRows: chance.int(1, 4) })),
    ...or(() => ({ leaseMarginMs: chance.int(0, 500) })),
    ...or(() => ({ commitAttemptsMax: chance.int(8, 16) })),
    ...or(() => ({ evidenceKeptMs: chance.int(300_000, 600_000) })),
    ...or(() => ({ logLinesPerExecutionMax: chance.int(1, 3) })),
  };
}
