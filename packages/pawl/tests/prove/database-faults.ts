import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Audit } from "./audit.ts";
import type { WatchedDatabase } from "./database.ts";
import { effectsIn } from "./effects.ts";
import { failuresIn } from "./failures.ts";
import type { Fleet } from "./fleet.ts";
import { inStory, type Told, toldAs } from "./in-story.ts";
import { fillUp, mountSmallDisk, unmount } from "./small-disk.ts";
import type { Story } from "./story.ts";
import { lasting, until } from "./until.ts";

/** `noPage`: the database may not grow in any worker; `diskFull`: nor any file beside it. */
export type Fault = "locked" | "noPage" | "diskFull";

export interface FaultOptions extends Told {
  /** One after the other, each in the middle of work. */
  readonly faults: readonly Fault[];
  /** How long each lasts, at least. */
  readonly faultMs: number;
  /** Runs of each workflow that are started before each fault. */
  readonly runsEach: number;
}

export interface FaultReport extends Audit {
  readonly faults: number;
  /** Calls of the database that failed in worker processes, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

const SEEN_WITHIN_MS = 30_000;
const FULL = "E_DATABASE_FULL";

/**
 * A file that is locked by another process, or that can't grow, and can again after a while.
 * Undefined where the disk is to be full and none may be mounted.
 */
export async function tellDatabaseFaults(options: FaultOptions): Promise<FaultReport | undefined> {
  if (!options.faults.includes("diskFull")) return tell(options);
  const disk = mountSmallDisk();
  if (disk === undefined) return undefined;
  try {
    return await tell(options, join(disk, "state"));
  } finally {
    unmount(disk);
    rmdirSync(disk);
  }
}

const tell = (options: FaultOptions, stateDirectory?: string): Promise<FaultReport> =>
  inStory(
    {
      ...toldAs(options),
      leaseTtlMs: 3_000,
      orchestrationIntervalMs: 500,
      jobPollIntervalMs: 200,
      synchronous: "NORMAL",
      ...(stateDirectory === undefined ? {} : { stateDirectory }),
    },
    async (story) => {
      const { fleet, directory } = story;
      for (const { pid } of fleet.all) story.disturbed.add(pid);
      for (const [i, fault] of options.faults.entries()) {
        const before = effectsIn(directory).length;
        await story.startMixed(options.runsEach, i);
        const begun = (): boolean => effectsIn(directory).length > before + 10;
        await until("work has begun", SEEN_WITHIN_MS, begun);
        await FAULTS[fault](story, options.faultMs);
        await story.whenAllEnded(60_000);
      }
      const failures = failuresIn(fleet.all);
      return { ...(await story.audit()), faults: options.faults.length, failures };
    },
  );

const FAULTS: Readonly<Record<Fault, (story: Story, faultMs: number) => Promise<void>>> = {
  locked: async ({ database }, faultMs) => {
    const unlock = lock(pathOf(database));
    await lasting(faultMs);
    unlock();
  },
  noPage: async ({ fleet }, faultMs) => {
    await whenFull(fleet, faultMs, () => {
      for (const worker of fleet.workers) worker.ask("letNothingGrow");
    });
    for (const worker of fleet.workers) worker.ask("letGrow");
  },
  diskFull: async ({ database, fleet }, faultMs) => {
    const disk = dirname(dirname(pathOf(database)));
    const ballast = join(disk, "ballast");
    await whenFull(fleet, faultMs, () => fillUp(ballast));
    rmSync(ballast);
  },
};

function pathOf({ place }: WatchedDatabase): string {
  if (place.kind !== "sqlite") throw new Error("these are faults of a file");
  return place.path;
}

/** Holds the write lock of a file as a foreign process would, until called. */
function lock(path: string): () => void {
  const foreign = new Database(path, { timeout: 10_000 });
  foreign.exec("BEGIN IMMEDIATE");
  return () => {
    foreign.exec("ROLLBACK");
    foreign.close();
  };
}

/** Resolves when the fleet has found it full and `faultMs` have passed. */
async function whenFull(fleet: Fleet, faultMs: number, fill: () => void): Promise<void> {
  const found = (): number => failuresIn(fleet.all)[FULL] ?? 0;
  const before = found();
  fill();
  await until("the fleet finds it full", SEEN_WITHIN_MS, () => found() > before + 2);
  await lasting(faultMs);
}
