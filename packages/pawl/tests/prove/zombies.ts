import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Audit } from "./audit.ts";
import type { Worker } from "./fleet.ts";
import { inStory, type Told } from "./in-story.ts";
import type { Story } from "./story.ts";
import { PLACES, type Place } from "./trouble-workflows.ts";
import { until } from "./until.ts";

const LEASE_MS = 3_000;
const TAKEN_OVER_WITHIN_MS = 30_000;
const ANEW_WITHIN_MS = 20_000;

export interface ZombieReport extends Audit {
  readonly cases: number;
  /** From the stop to the run's end by others. */
  readonly takeoversMs: readonly number[];
  /** Records of zombies that reached the database, all of them refused. */
  readonly refused: number;
}

export interface ZombieOptions extends Told {
  readonly workers: number;
  readonly places: readonly Place[];
  readonly load: boolean;
}

/** Stops a process of a fleet longer than its lease lasts, again and again at these places. */
export async function tellZombies(options: ZombieOptions): Promise<ZombieReport> {
  const lease = { leaseTtlMs: LEASE_MS, orchestrationIntervalMs: 500, jobPollIntervalMs: 200 };
  const { workers, places, load, signal, on } = options;
  const fleet = { workers, signal, on, concurrency: 4, ownQueues: true, ...lease };
  return inStory({ ...fleet, synchronous: "NORMAL" }, async (story) => {
    const found: string[] = [];
    const takeoversMs: number[] = [];
    for (const [i, place] of places.entries()) {
      if (load) await story.startMixed(1, i);
      const zombie = await stopOne(story, place);
      takeoversMs.push(zombie.takeoverMs);
      found.push(...(await wakeUp(story, place, zombie)));
    }
    await story.whenAllEnded(60_000);
    const audit = await story.audit();
    const said = story.fleet.all.flatMap((worker) => worker.said);
    return {
      ...audit,
      violations: [...found, ...audit.violations],
      cases: places.length,
      takeoversMs,
      refused: said.filter(({ type }) => type === "refused").length,
    };
  });
}

export const rotatingPlaces = (cases: number, from = 0): readonly Place[] =>
  Array.from({ length: cases }, (_, i) => PLACES[(from + i) % PLACES.length] as Place);

interface Zombie {
  readonly worker: Worker;
  readonly runId: string;
  readonly sessions: readonly string[];
  readonly takeoverMs: number;
}

/** A worker that was stopped in the middle of a run, which others have ended since. */
async function stopOne(story: Story, place: Place): Promise<Zombie> {
  const { database, directory, fleet } = story;
  const runId = await story.start("stopping", { place });
  const mark = join(directory, `stopped-${runId}`);
  const pid = await until("a process is stopped", TAKEN_OVER_WITHIN_MS, () =>
    existsSync(mark) ? Number(readFileSync(mark, "utf8")) || undefined : undefined,
  );
  const stoppedAt = performance.now();
  story.disturbed.add(pid);
  const sessions = await database.sessionsOf(pid, "active");
  await until("others have taken over", TAKEN_OVER_WITHIN_MS, () => database.isEnded(runId));
  const takeoverMs = performance.now() - stoppedAt;
  return { worker: fleet.worker(pid), runId, sessions, takeoverMs };
}

/** Answers what the zombie does that it must not, once it works on under a new session. */
async function wakeUp(story: Story, place: Place, zombie: Zombie): Promise<readonly string[]> {
  const { worker, runId, sessions } = zombie;
  const { database } = story;
  const before = JSON.stringify(await story.app.kernel.query.getTimeline(runId));
  const lossesBefore = worker.losses;
  const isNew = (id: string): boolean => !sessions.includes(id);
  worker.goOn();
  await until("the zombie has registered anew", ANEW_WITHIN_MS, async () =>
    (await database.sessionsOf(worker.pid, "active")).some(isNew),
  );
  const probe = await story.start("linear", 0, worker.ownQueue);
  await until("the zombie works on", ANEW_WITHIN_MS, () => database.isEnded(probe));
  const after = JSON.stringify(await story.app.kernel.query.getTimeline(runId));
  const isRefused = worker.said.some(
    (said) => said.type === "refused" && said.step.startsWith(runId) && said.why === "fence",
  );
  return [
    ...(before === after ? [] : [`${runId} was changed after its end by a zombie`]),
    ...(worker.losses > lossesBefore ? [] : [`process ${worker.pid} logged no loss`]),
    ...(place !== "commit" || isRefused
      ? []
      : [`the record of a zombie in ${runId} was not refused`]),
  ];
}
