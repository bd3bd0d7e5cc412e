import type { Prng } from "../world/prng.ts";
import type { Fault, FaultKind, FaultKinds } from "./fault.ts";

export interface FaultDraw {
  readonly chance: Prng;
  readonly processes: number;
  /** Faults lie within this time. */
  readonly withinMs: number;
  readonly leaseTtlMs: number;
  /** Drawn from these. */
  readonly kinds: readonly FaultKind[];
}

const FAULTS_MAX = 7;
/** Numbers of calls at which something happens: early ones are the more interesting. */
const EARLY_CALLS = 60;
const CALLS = 400;

type Draws = { readonly [K in FaultKind]: (draw: FaultDraw) => FaultKinds[K] };

const at = ({ chance, withinMs }: FaultDraw): number =>
  chance.int(0, chance.chance(0.5) ? Math.floor(withinMs / 6) : withinMs);

const call = ({ chance }: FaultDraw): number =>
  chance.int(1, chance.chance(0.7) ? EARLY_CALLS : CALLS);

const process = ({ chance, processes }: FaultDraw): number => chance.int(0, processes - 1);

const lasting = ({ chance }: FaultDraw, longestMs: number): number =>
  chance.int(1, chance.chance(0.5) ? Math.floor(longestMs / 10) : longestMs);

const times = ({ chance }: FaultDraw): number => (chance.chance(0.7) ? 1 : chance.int(2, 12));

const repeated = (draw: FaultDraw) => ({
  call: call(draw),
  times: times(draw),
  applied: draw.chance.chance(0.5),
});

const DRAWS: Draws = {
  crash: (draw) => ({
    process: process(draw),
    call: call(draw),
    side: draw.chance.pick(["before", "after"] as const),
    restartMs: draw.chance.int(1, draw.leaseTtlMs * 2),
  }),
  poison: ({ chance, leaseTtlMs }) => ({
    claim: chance.int(1, 8),
    times: chance.int(1, 7),
    restartMs: chance.int(1, leaseTtlMs),
  }),
  pause: (draw) => ({
    process: process(draw),
    at: at(draw),
    forMs: draw.chance.int(100, draw.leaseTtlMs * 3),
  }),
  drain: (draw) => ({
    process: process(draw),
    at: at(draw),
    restartMs: draw.chance.int(1, 5_000),
  }),
  declaredDead: (draw) => ({ process: process(draw), at: at(draw) }),
  cut: (draw) => ({
    process: process(draw),
    from: draw.chance.chance(0.8) ? "database" : "queue",
    at: at(draw),
    forMs: lasting(draw, draw.leaseTtlMs * 3),
  }),
  ambiguous: (draw) => {
    const of = draw.chance.weighted({ writes: 5, starts: 2, ends: 3 });
    const early = of === "writes" ? {} : { call: draw.chance.int(1, of === "starts" ? 4 : 8) };
    return { ...repeated(draw), ...early, of };
  },
  busy: (draw) => ({ call: call(draw), times: times(draw) }),
  stale: (draw) => ({ call: call(draw), times: times(draw) }),
  databaseDown: (draw) => ({ at: at(draw), forMs: lasting(draw, draw.leaseTtlMs * 3) }),
  databaseSlow: (draw) => ({
    at: at(draw),
    forMs: lasting(draw, 20_000),
    delayMs: draw.chance.int(10, 1_500),
  }),
  clockStep: (draw) => ({
    process: process(draw),
    at: at(draw),
    byMs: draw.chance.pick([-1, 1]) * draw.chance.int(1, 3_600_000),
  }),
  databaseClockStep: (draw) => ({ at: at(draw), byMs: draw.chance.int(1, draw.leaseTtlMs * 2) }),
  blobLoss: repeated,
  sinkFailure: repeated,
  queue: ({ chance }) => ({
    drop: chance.next() * 0.6,
    double: chance.next() * 0.6,
    delay: chance.next() * 0.6,
    reorder: chance.next() * 0.6,
    forgetAck: chance.next() * 0.4,
  }),
};

export const FAULT_KINDS = Object.keys(DRAWS) as FaultKind[];

/** A list of faults; every fifth is empty, so that sound weather is simulated too. */
export function drawFaults(draw: FaultDraw): readonly Fault[] {
  const { chance, kinds } = draw;
  if (kinds.length === 0 || chance.chance(0.2)) return [];
  return Array.from({ length: chance.int(1, FAULTS_MAX) }, () => {
    const kind = chance.pick(kinds);
    return { kind, ...DRAWS[kind](draw) } as Fault;
  });
}
