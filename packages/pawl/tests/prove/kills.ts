import type { OwnServer, StopMode } from "@pawl/services";
import { mixedIds } from "./all-workflows.ts";
import type { Audit } from "./audit.ts";
import { type Owned, ownedText, type WatchedDatabase } from "./database.ts";
import { inStory, type Told, toldAs } from "./in-story.ts";
import type { Story } from "./story.ts";
import { lasting, seededRandom, until } from "./until.ts";

const UP_WITHIN_MS = 60_000;
const STARTED_WITHIN_MS = 600_000;
const RECOVERED_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 100;
const DOWN_MS_MAX = 2_000;
const STOPS: readonly StopMode[] = ["immediate", "kill"];

export interface KillsOptions extends Told {
  /** Runs that are started while workers are killed, at least. */
  readonly runs: number;
  readonly kills: number;
  /** Between two kills, drawn anew each time; kills wait for their share of the runs. */
  readonly everyMs: readonly [least: number, most: number];
  /** Crashes of the database, which must be a server of the story's own. */
  readonly restarts?: number;
  /** Crashes of the queue's server; in every second one it loses all jobs. */
  readonly queueCrashes?: number;
  /** Fewer open runs than that get company. */
  readonly openRunsMin: number;
  readonly seed: number;
  /** Nobody sees others die: leases must run out. */
  readonly apart?: boolean;
  readonly synchronous?: "FULL" | "NORMAL";
  /** When a lost job is dispatched again; as the engine does by default. */
  readonly redispatchMs?: number;
  readonly endsWithinMs: number;
}

export interface KillsReport extends Audit {
  readonly kills: number;
  readonly restarts: number;
  /** By kill: from SIGKILL until others own, or have ended, each stage that the process owned. */
  readonly recoveriesMs: readonly number[];
  /** The same without stages that were lost twice without a record: those wait to be alone. */
  readonly firstRecoveriesMs: readonly number[];
  /** From the crash of the database until it answers again. */
  readonly outagesMs: readonly number[];
  readonly queueCrashes: number;
  /** The same of the queue. */
  readonly queueOutagesMs: readonly number[];
  readonly refusedStarts: Readonly<Record<string, number>>;
}

/** Kills random workers of a fleet under load, starting another for each. */
export const tellKills = (options: KillsOptions): Promise<KillsReport> =>
  inStory(
    {
      ...toldAs(options),
      synchronous: options.synchronous ?? "FULL",
      // On a server the connection of the thread would tell of a death all the same.
      ...(options.apart ? { apart: true, leaseThread: false } : {}),
      ...(options.redispatchMs === undefined ? {} : { redispatchMs: options.redispatchMs }),
    },
    (story) => killAgainAndAgain(story, options),
  );

async function killAgainAndAgain(story: Story, options: KillsOptions): Promise<KillsReport> {
  const random = seededRandom(options.seed);
  const { kills, restarts = 0, queueCrashes = 0 } = options;
  const [least, most] = options.everyMs;
  const feeding = feed(story, options);
  const recoveries: Promise<readonly Recovery[]>[] = [];
  const outages = new Outages(restarts / kills);
  const queueOutages = new Outages(queueCrashes / kills);
  for (let kill = 1; kill <= kills; kill++) {
    const pause = lasting(least + random() * (most - least));
    const due = (options.runs * kill) / (kills + 1);
    await until("runs are started", STARTED_WITHIN_MS, () => story.started.size >= due);
    await pause;
    recoveries.push(killOne(story, random()));
    const downMs = (): number => random() * DOWN_MS_MAX;
    await outages.after(kill, (nth) => crash(story, STOPS[nth % STOPS.length], downMs()));
    await queueOutages.after(kill, (nth) => crashQueue(story, nth % 2 === 1, downMs()));
  }
  await feeding;
  await story.whenAllEnded(options.endsWithinMs);
  const suspects = await story.database.lossesOfSuspects();
  const all = await Promise.all(recoveries);
  const firsts = all.map((list) => list.filter(({ owned }) => !suspects.has(ownedText(owned))));
  const last = (list: readonly Recovery[]): number[] =>
    list.length === 0 ? [] : [Math.max(...list.map(({ ms }) => ms))];
  return {
    ...(await story.audit()),
    kills,
    restarts,
    recoveriesMs: all.flatMap(last),
    firstRecoveriesMs: firsts.flatMap(last),
    outagesMs: await outages.ms(),
    queueCrashes,
    queueOutagesMs: await queueOutages.ms(),
    refusedStarts: Object.fromEntries(story.refusedStarts),
  };
}

/** Crashes that are spread over kills, one after the other. */
class Outages {
  readonly #perKill: number;
  readonly #all: Promise<number>[] = [];

  constructor(perKill: number) {
    this.#perKill = perKill;
  }

  async after(kill: number, crash: (nth: number) => Promise<number>): Promise<void> {
    const due = Math.floor((kill + 0.5) * this.#perKill);
    if (due <= this.#all.length) return;
    await this.#all.at(-1);
    this.#all.push(crash(this.#all.length));
  }

  ms(): Promise<readonly number[]> {
    return Promise.all(this.#all);
  }
}

/** Starts runs as others end, until there were as many as are wanted. */
async function feed(story: Story, { runs, openRunsMin }: KillsOptions): Promise<void> {
  for (let rounds = 0; story.started.size < runs; ) {
    const lack = openRunsMin - (await story.database.openRuns());
    const each = Math.ceil(Math.min(lack, runs - story.started.size) / mixedIds.length);
    if (each <= 0) {
      await lasting(LOOK_AGAIN_MS);
    } else {
      await story.startMixed(each, rounds);
      rounds += each;
    }
  }
}

interface Recovery {
  readonly owned: Owned;
  readonly ms: number;
}

/** Kills a worker that is up and owns something, and answers how long its stages were nobody's. */
async function killOne(story: Story, choice: number): Promise<readonly Recovery[]> {
  const { fleet, database } = story;
  const victim = await until("a worker is up", UP_WITHIN_MS, () => {
    const up = fleet.workers.filter((worker) => worker.isUp);
    return up[Math.floor(choice * up.length)];
  });
  story.disturbed.add(victim.pid);
  const at = performance.now();
  await fleet.kill(victim);
  const owned = await database.ownedBy(victim.pid);
  fleet.add();
  return recovered(database, owned, at);
}

async function recovered(
  database: WatchedDatabase,
  owned: readonly Owned[],
  since: number,
): Promise<readonly Recovery[]> {
  const left = new Map(owned.map((one) => [one.stage, one]));
  const found: Recovery[] = [];
  await until("others have taken over", RECOVERED_WITHIN_MS, async () => {
    for (const is of await database.now([...left.values()])) {
      const was = left.get(is.stage);
      if (!was || !isTakenOver(is, was)) continue;
      left.delete(is.stage);
      found.push({ owned: was, ms: Math.round(performance.now() - since) });
    }
    if (left.size > 0) await lasting(LOOK_AGAIN_MS);
    return left.size === 0;
  });
  return found;
}

const OPEN = ["ready", "running", "suspended"];

/** The reaper raises the fence, and so does whoever claims the stage then. */
const isTakenOver = (is: Owned, was: Owned): boolean =>
  is.held || !OPEN.includes(is.status) || is.fence >= was.fence + 2;

async function crash(story: Story, mode: StopMode | undefined, downMs: number): Promise<number> {
  const { server } = story;
  if (!server?.own) throw new Error("only a server of its own may be crashed");
  story.outage = true;
  return outage(server.own, { mode, downMs });
}

/** Its end is no excuse for a body that is entered again: the database is there. */
async function crashQueue(story: Story, forgets: boolean, downMs: number): Promise<number> {
  const { queue } = story;
  if (!queue) throw new Error("a queue in the database does not crash by itself");
  const ms = await outage(queue.own, { mode: "immediate", downMs });
  if (forgets) await queue.clear();
  return ms;
}

async function outage(
  server: OwnServer,
  { mode, downMs }: { readonly mode: StopMode | undefined; readonly downMs: number },
): Promise<number> {
  const begun = performance.now();
  await server.stop(mode);
  await lasting(downMs);
  await server.start();
  return Math.round(performance.now() - begun);
}
