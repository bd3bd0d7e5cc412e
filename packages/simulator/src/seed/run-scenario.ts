import type { AnyWorkflow, RunView } from "@pawl/kernel";
import { isAtRest, isEnded } from "../checks/checks.ts";
import type { Problem } from "../checks/problem.ts";
import type { FaultKind } from "../faults/fault.ts";
import type { Tampering } from "../process/process-parts.ts";
import type { VirtualProcess } from "../process/virtual-process.ts";
import { playUntil } from "../world/play-until.ts";
import { Commands } from "./commands.ts";
import type { Scenario } from "./scenario.ts";
import { SimulatedWorld } from "./simulated-world.ts";
import { openStore } from "./stores.ts";
import { strike } from "./strikes.ts";

/** What befell a run, as far as its outcome may tell of it. */
export interface PlayedRun {
  readonly scenario: Scenario;
  /** A cancel or terminate of this run was asked for. */
  readonly askedToEnd: boolean;
  /** Losses of each of its stages since its last record. */
  readonly losses: Readonly<Record<string, number>>;
}

/** Says what may become of runs, and what their bodies are. */
export interface Workload {
  workflows(world: SimulatedWorld, process: VirtualProcess): readonly AnyWorkflow[];
  /** Complains of how a run came out; undefined when it may. */
  judge(run: RunView, played: PlayedRun): string | undefined;
}

export interface SimulationOptions {
  readonly tampering?: Tampering;
  /** Takes every line of the trace. */
  readonly listen?: (line: string) => void;
}

export interface Simulated {
  readonly seed: string;
  /** Hash of everything that happened. */
  readonly hash: string;
  readonly moves: number;
  /** Time that passed in it. */
  readonly virtualMs: number;
  /** Empty: everything held. */
  readonly problems: readonly Problem[];
  /** How often faults of each kind struck. */
  readonly hits: Readonly<Partial<Record<FaultKind, number>>>;
  readonly runs: readonly RunView[];
  /** Bodies of steps that were entered. */
  readonly bodies: number;
  /** The last lines of the trace. */
  readonly tail: readonly string[];
}

/** After the last fault everything has to come to an end within this time. */
const PATIENCE_MS = 30 * 60_000;
/** A join that is due may yet open a stage of a run all of whose open stages are held. */
const REST_MS = 20_000;
const MOVES_MAX = 400_000;
const TAIL = 60;

/** Plays one scenario to its end, or until something is wrong. */
export async function runScenario(
  scenario: Scenario,
  workload: Workload,
  options: SimulationOptions = {},
): Promise<Simulated> {
  const { seed, conditions, faults } = scenario;
  let close = async (): Promise<void> => {};
  const world = await SimulatedWorld.open({
    seed,
    conditions,
    faults,
    open: async (clock) => {
      const store = await openStore[scenario.adapter](clock);
      close = () => store.close();
      const persistence = options.tampering?.wrapStore?.(store.persistence) ?? store.persistence;
      return { ...store, persistence };
    },
    workflows: workload.workflows,
    tampering: options.tampering,
    listen: options.listen,
  });
  try {
    const runs = await play(world, scenario, workload);
    return resultOf(world, scenario, runs);
  } finally {
    await close();
  }
}

async function play(
  world: SimulatedWorld,
  scenario: Scenario,
  workload: Workload,
): Promise<readonly RunView[]> {
  const commands = new Commands(world, scenario);
  const rest = new Rest(world);
  world.bootAll();
  strike(world);
  commands.plan();
  world.after(scenario.conditions.healAtMs, () => heal(world, commands));
  if (!(await until(world, () => commands.settled && rest.isReached()))) return [];
  let runs: readonly RunView[] | undefined;
  world.weather.heal();
  commands.views().then(
    (views) => {
      runs = views;
    },
    (error: unknown) => world.complain("error", `a run can't be read: ${String(error)}`),
  );
  if (!(await until(world, () => runs !== undefined))) return [];
  judge(world, { scenario, workload, commands, runs: runs ?? [] });
  return runs ?? [];
}

/** Every run has ended, or waits for an operator and has done so for a while. */
class Rest {
  readonly #world: SimulatedWorld;
  #since: number | undefined;

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  isReached(): boolean {
    const runs = [...this.#world.checks.runs.values()];
    if (runs.every(isEnded)) return true;
    if (!runs.every(isAtRest)) this.#since = undefined;
    else this.#since ??= this.#world.elapsedMs;
    return this.#since !== undefined && this.#world.elapsedMs - this.#since > REST_MS;
  }
}

function heal(world: SimulatedWorld, commands: Commands): void {
  world.weather.heal();
  world.trace.add("healed");
  for (let number = 0; number < world.processes; number++) {
    world.processAt(number)?.process.resume();
  }
  world.bootAll();
  commands.resumeAll();
}

const until = (world: SimulatedWorld, isOver: () => boolean): Promise<boolean> =>
  playUntil(world, isOver, {
    moves: MOVES_MAX,
    elapsedMs: world.healAtMs + PATIENCE_MS,
    unfinished: () => unfinished(world),
  });

function unfinished(world: SimulatedWorld): string {
  const open = [...world.checks.runs.values()].filter((rows) => !isAtRest(rows));
  return open
    .map(({ runs, stages }) => {
      const rows = stages.map(
        ({ stageId, status, held, holdReason, session, fence }) =>
          `${stageId} ${status}${held ? ` held ${holdReason}` : ""}@${fence} ${session ?? ""}`,
      );
      return `run ${runs[0]?.id} is ${runs[0]?.status}: ${rows.join(", ")}`;
    })
    .join("; ");
}

interface Played {
  readonly scenario: Scenario;
  readonly workload: Workload;
  readonly commands: Commands;
  readonly runs: readonly RunView[];
}

function judge(world: SimulatedWorld, { scenario, workload, commands, runs }: Played): void {
  for (const [invariant, message] of world.checks.sightings.check()) {
    world.complain(invariant, message);
  }
  for (const message of world.checks.deliveries.check()) world.complain("sink", message);
  for (const message of commands.check(runs)) world.complain("answer", message);
  for (const run of runs) {
    const stages = world.checks.runs.get(run.id)?.stages ?? [];
    const losses = Object.fromEntries(stages.map(({ stageId, losses: of }) => [stageId, of]));
    const askedToEnd = commands.wasAskedToEnd(run.id);
    const says = workload.judge(run, { scenario, askedToEnd, losses });
    if (says) world.complain("outcome", `run ${run.id} of ${run.workflowId}: ${says}`);
  }
}

function resultOf(world: SimulatedWorld, { seed }: Scenario, runs: readonly RunView[]): Simulated {
  const { trace, schedule, weather, checks, problems } = world;
  const hits: Partial<Record<FaultKind, number>> = {};
  for (const [i, { kind }] of weather.faults.entries()) {
    hits[kind] = (hits[kind] ?? 0) + (weather.hits[i] ?? 0);
  }
  return {
    seed,
    hash: trace.hash,
    moves: schedule.made,
    virtualMs: world.elapsedMs,
    problems,
    hits,
    runs,
    bodies: checks.bodies.entered,
    tail: problems.length > 0 ? trace.tail(TAIL) : [],
  };
}
