import type { RunView } from "@pawl/kernel";
import { FAULT_KINDS } from "./faults/draw-faults.ts";
import type { FaultKind } from "./faults/fault.ts";
import { runScenario, type Simulated, type Workload } from "./seed/run-scenario.ts";
import { drawConditions, drawFaultsOf, type Scenario, type Start } from "./seed/scenario.ts";
import {
  checkSimulateOptions,
  type SimulatedStart,
  type SimulateOptions,
} from "./simulate-options.ts";
import { Prng } from "./world/prng.ts";

export interface SeedProblem {
  readonly seed: number;
  /** Name of an invariant, or `outcome`, `liveness`, `answer`, `ambient`, `error`. */
  readonly check: string;
  readonly message: string;
  /** The last that happened before, a line each. */
  readonly trace: readonly string[];
}

export interface Simulation {
  readonly seeds: number;
  /** Runs that were played to their end. */
  readonly runs: number;
  /** How often faults of each kind struck. */
  readonly hits: Readonly<Partial<Record<FaultKind, number>>>;
  readonly problems: readonly SeedProblem[];
}

/** Fault-free plays that may show an outcome before it counts as wrong. */
const SOUND_PLAYS_MAX = 20;

/**
 * Plays workflows of yours on the real engine, in virtual time, with several workers and with
 * faults: the same seed plays the same again. Bodies run in this process; time and chance they
 * take from `ctx`, for the machine's would make no seed repeat.
 *
 * @throws EngineError E_ARGUMENT_INVALID for options that name nothing to play, or nothing known
 */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
  checkSimulateOptions(options);
  const { seeds: asked } = options;
  const seeds = typeof asked === "number" ? Array.from({ length: asked }, (_, i) => i + 1) : asked;
  const sound = new SoundOutcomes(options);
  const problems: SeedProblem[] = [];
  const hits: Partial<Record<FaultKind, number>> = {};
  let runs = 0;
  for (const seed of seeds) {
    const played = await play(options, `${seed}`, options.faults ?? FAULT_KINDS);
    runs += played.runs.length;
    for (const [kind, count] of Object.entries(played.hits) as [FaultKind, number][]) {
      hits[kind] = (hits[kind] ?? 0) + count;
    }
    const found = [...played.problems, ...(await judged(options, sound, played))];
    for (const { check, message } of found) {
      problems.push({ seed, check, message, trace: played.tail });
    }
  }
  return { seeds: seeds.length, runs, hits, problems };
}

type Complaint = Pick<SeedProblem, "check" | "message">;

async function judged(
  { judge }: SimulateOptions,
  sound: SoundOutcomes,
  { runs }: Simulated,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = [];
  for (const run of runs) {
    const message = judge ? judge(run) : await sound.judge(run);
    if (message !== undefined) complaints.push({ check: "outcome", message });
  }
  return complaints;
}

/** What runs come to when nothing goes wrong, found out as far as it is asked for. */
class SoundOutcomes {
  readonly #options: SimulateOptions;
  readonly #known = new Set<string>();
  #plays = 0;

  constructor(options: SimulateOptions) {
    this.#options = options;
  }

  async judge(run: RunView): Promise<string | undefined> {
    const waitsForOperator = run.endedAt === null && run.holds.every(isExpected);
    while (!waitsForOperator && !this.#known.has(outcomeOf(run))) {
      if (this.#plays === SOUND_PLAYS_MAX) {
        return `run ${run.id} came out as it never is without faults: ${outcomeOf(run)}`;
      }
      this.#plays += 1;
      const { runs } = await play(this.#options, `sound/${this.#plays}`, []);
      for (const one of runs) this.#known.add(outcomeOf(one));
    }
    return undefined;
  }
}

const isExpected = ({ reason }: RunView["holds"][number]): boolean =>
  reason === "inDoubt" || reason === "quarantined";

const outcomeOf = ({ workflowId, input, status, output, failure }: RunView): string =>
  JSON.stringify({ workflowId, input, status, output, failure: failure?.name }, (_, value) =>
    typeof value === "bigint" ? `${value}n` : value,
  );

function play(
  options: SimulateOptions,
  seed: string,
  kinds: readonly FaultKind[],
): Promise<Simulated> {
  const chance = new Prng(`own/${seed}`);
  const conditions = drawConditions(chance.fork("conditions"));
  const scenario: Scenario = {
    seed,
    adapter: options.adapter ?? "memory",
    conditions,
    programs: [],
    starts: options.start.map((start) => startOf(start, chance)),
    controls: [],
    faults: drawFaultsOf(chance.fork("faults"), conditions, kinds),
  };
  const workload: Workload = { workflows: () => options.workflows, judge: () => undefined };
  const { tampering } = options;
  return runScenario(scenario, workload, tampering ? { tampering } : {});
}

const LATE_MS_MAX = 8_000;

const startOf = (
  { workflowId, input, at, idempotencyKey }: SimulatedStart,
  chance: Prng,
): Start => ({
  at: at ?? chance.int(0, LATE_MS_MAX),
  workflowId,
  input,
  times: 1,
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
});
