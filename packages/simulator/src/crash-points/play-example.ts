import type { RunView } from "@pawl/kernel";
import type { Row } from "@pawl/kernel/ports";
import type { RowsOfRun } from "@pawl/persistence-memory";
import { isAtRest, isEnded } from "../checks/checks.ts";
import type { Problem } from "../checks/problem.ts";
import type { Tampering } from "../process/process-parts.ts";
import type { Adapter } from "../seed/scenario.ts";
import { openStore } from "../seed/stores.ts";
import { playUntil } from "../world/play-until.ts";
import { Prng } from "../world/prng.ts";
import { Schedule } from "../world/schedule.ts";
import type { CrashPoint } from "./crash-point.ts";
import { CrashWorld } from "./crash-world.ts";
import type { Example } from "./example.ts";
import { restProblems } from "./rest-problems.ts";

export interface PlayOptions {
  readonly adapter: Adapter;
  readonly crashes?: readonly CrashPoint[];
  readonly tampering?: Tampering;
  /** False: rows are judged only when all is over. Default true. */
  readonly watched?: boolean;
  readonly listen?: (line: string) => void;
}

/** What an example came to, the same at every play but for bodies entered again. */
export interface ExampleOutcome {
  readonly status: string;
  readonly output: string;
  readonly failure: string | undefined;
  readonly inDoubt: boolean;
  /** Status by step, without the id of the run. */
  readonly records: Readonly<Record<string, string>>;
}

export interface ExamplePlayed {
  readonly outcome: ExampleOutcome | undefined;
  readonly entries: ReadonlyMap<string, number>;
  /** By life, such as `worker.1`: how many calls were under way beside each of its calls. */
  readonly calls: ReadonlyMap<string, readonly number[]>;
  /** Calls by port and method. */
  readonly methods: ReadonlyMap<string, number>;
  /** Crashes that were reached. */
  readonly met: readonly CrashPoint[];
  /** Processes that died. */
  readonly crashed: number;
  readonly problems: readonly Problem[];
  readonly tail: readonly string[];
}

const PATIENCE_MS = 10 * 60_000;
const MOVES_MAX = 100_000;
const TAIL = 80;

/** Plays an example from its start until nothing is left to do, with the crashes given. */
export async function playExample(example: Example, options: PlayOptions): Promise<ExamplePlayed> {
  const { adapter, crashes = [], watched = true, tampering, listen } = options;
  const schedule = new Schedule({ chance: new Prng("order"), order: "fifo" });
  const store = await openStore[adapter]({ now: () => Math.floor(schedule.now) });
  const world = new CrashWorld(
    {
      example,
      crashes,
      watched,
      ...(tampering ? { tampering } : {}),
      ...(listen ? { listen } : {}),
    },
    store,
    schedule,
  );
  try {
    const outcome = await play(world, example, watched);
    const { entries, calls, methods, met, crashed, problems, trace } = world;
    const tail = problems.length > 0 ? trace.tail(TAIL) : [];
    return { outcome, entries, calls, methods, met, crashed, problems, tail };
  } finally {
    await store.close();
  }
}

async function play(
  world: CrashWorld,
  example: Example,
  watched: boolean,
): Promise<ExampleOutcome | undefined> {
  world.boot();
  const isOver = (): boolean => world.isQuiet && areOver([...world.checks.runs.values()], example);
  if (!(await until(world, watched ? isOver : () => world.elapsedMs > UNWATCHED_MS))) return;
  const calls = [...world.calls].map(([life, of]) => [life, [...of]] as [string, number[]]);
  let views: readonly RunView[] | undefined;
  world.views().then(
    (read) => {
      views = read;
    },
    (error: unknown) => world.complain("error", `a run can't be read: ${String(error)}`),
  );
  if (!(await until(world, () => views !== undefined))) return;
  for (const [life, count] of calls) world.calls.set(life, count);
  const [run, ...more] = views ?? [];
  if (!run || more.length > 0) {
    world.complain("answer", `${views?.length ?? 0} runs exist where one was asked for`);
    return;
  }
  const rows = await world.rowsOf(run.id);
  for (const [check, message] of await restProblems(world, rows)) world.complain(check, message);
  return outcomeOf(run, rows);
}

/** Long enough for every example whose end is not watched for. */
const UNWATCHED_MS = 60_000;

const areOver = (runs: readonly RowsOfRun[], { mayBeInDoubt }: Example): boolean =>
  runs.length > 0 && runs.every((rows) => isEnded(rows) || (mayBeInDoubt && isHeld(rows)));

const isHeld = (rows: RowsOfRun): boolean =>
  isAtRest(rows) && rows.runs.every(({ sinkRev, rev }) => sinkRev === rev);

const until = (world: CrashWorld, isOver: () => boolean): Promise<boolean> =>
  playUntil(world, isOver, {
    moves: MOVES_MAX,
    elapsedMs: PATIENCE_MS,
    unfinished: () => unfinished(world),
  });

function unfinished(world: CrashWorld): string {
  const runs = [...world.checks.runs.values()].map(({ runs: [run], stages }) => {
    const rows = stages.map(({ stageId, status, holdReason }) => [stageId, status, holdReason]);
    return `run is ${run?.status} (${run?.sinkRev} of ${run?.rev} delivered): ${rows.join("; ")}`;
  });
  return runs.join("; ");
}

const outcomeOf = (run: RunView, { steps }: RowsOfRun): ExampleOutcome => ({
  status: run.status,
  output: JSON.stringify(run.output) ?? "",
  failure: run.failure?.code ?? run.failure?.name,
  inDoubt: run.holds.length > 0 && run.holds.every(({ reason }) => reason === "inDoubt"),
  records: Object.fromEntries(steps.map((row) => [recordName(row), row.status]).toSorted()),
});

const recordName = ({ stageId, mapIndex, generation, key, occurrence }: Row<"steps">): string =>
  `${stageId}/${mapIndex}/${generation}/${key}#${occurrence}`;
