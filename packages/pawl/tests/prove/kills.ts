import type { Audit } from "./audit.ts";
import { ownedText } from "./database.ts";
import { type Effect, effectsIn, stageOf } from "./effects.ts";
import { type Interruptible, inStory, type Story } from "./story.ts";
import { everyBeat, seededRandom, until } from "./until.ts";

const UP_WITHIN_MS = 60_000;

export interface KillsOptions extends Interruptible {
  readonly workers: number;
  readonly kills: number;
  readonly everyMs: number;
  /** Runs of each workflow that are added whenever fewer runs are open. */
  readonly runsEach: number;
  readonly openRunsMin: number;
  readonly seed: number;
  readonly synchronous?: "FULL" | "NORMAL";
  readonly endsWithinMs: number;
}

export interface KillsReport extends Audit {
  readonly kills: number;
  /** By kill: from SIGKILL to the first interrupted step that another process entered again. */
  readonly recoveriesMs: readonly number[];
  /** By interrupted step. */
  readonly stepRecoveriesMs: readonly number[];
  /** By interrupted step of a stage that was lost twice without a record: it waits to be alone. */
  readonly suspectRecoveriesMs: readonly number[];
}

interface Kill {
  readonly pid: number;
  readonly at: number;
  /** Stages that it owned, with their fence. */
  readonly owned: ReadonlySet<string>;
}

/** Kills random workers of a fleet under load, starting another for each. */
export const tellKills = (options: KillsOptions): Promise<KillsReport> =>
  inStory(
    {
      workers: options.workers,
      synchronous: options.synchronous ?? "FULL",
      signal: options.signal,
    },
    (story) => killAgainAndAgain(story, options),
  );

async function killAgainAndAgain(story: Story, options: KillsOptions): Promise<KillsReport> {
  const random = seededRandom(options.seed);
  const { fleet, database } = story;
  const kills: Kill[] = [];
  let rounds = 0;
  const load = async (): Promise<void> => {
    if (database.openRuns() >= options.openRunsMin) return;
    await story.startMixed(options.runsEach, rounds);
    rounds += options.runsEach;
  };
  await load();
  await everyBeat({ beatMs: options.everyMs, beats: options.kills }, async () => {
    const victim = await until("a worker is up", UP_WITHIN_MS, () => {
      const up = fleet.workers.filter((worker) => worker.isUp);
      return up[Math.floor(random() * up.length)];
    });
    const at = Date.now();
    await fleet.kill(victim);
    const owned = database.ownedBy(victim.pid).map(ownedText);
    story.disturbed.add(victim.pid);
    kills.push({ pid: victim.pid, at, owned: new Set(owned) });
    fleet.add();
    await load();
  });
  await story.whenAllEnded(options.endsWithinMs);
  const suspects = database.lossesOfSuspects();
  const effects = effectsIn(story.directory);
  const recoveries = kills.map((kill) => recoveriesOf(effects, kill));
  const times = (list: readonly Recovery[]): number[] => list.map(({ ms }) => ms);
  const isSuspect = ({ lost }: Recovery): boolean => lost.some((one) => suspects.has(one));
  const firstOf = (list: readonly Recovery[]): number[] => times(list).sort((a, b) => a - b);
  const firstLosses = recoveries.map((list) => list.filter((one) => !isSuspect(one)));
  return {
    ...(await story.audit()),
    kills: kills.length,
    recoveriesMs: firstLosses.flatMap((list) => firstOf(list).slice(0, 1)),
    stepRecoveriesMs: times(firstLosses.flat()),
    suspectRecoveriesMs: times(recoveries.flat().filter(isSuspect)),
  };
}

interface Recovery {
  /** Stage and fences that were lost until then. */
  readonly lost: readonly string[];
  readonly ms: number;
}

/** How long each step that a kill interrupted waited for its next body. */
function recoveriesOf(effects: readonly Effect[], { pid, at, owned }: Kill): readonly Recovery[] {
  return effects.flatMap((interrupted) => {
    const { idempotencyKey, attempt, fence } = interrupted;
    const stage = stageOf(interrupted);
    if (interrupted.pid !== pid || !owned.has(ownedText({ stage, fence }))) return [];
    const next = effects.find(
      (effect) =>
        effect.idempotencyKey === idempotencyKey &&
        effect.attempt === attempt &&
        effect.fence > fence,
    );
    if (!next) return [];
    const fences = Array.from({ length: next.fence - fence }, (_, i) => fence + i);
    const lost = fences.map((one) => ownedText({ stage, fence: one }));
    return [{ lost, ms: next.at - at }];
  });
}
