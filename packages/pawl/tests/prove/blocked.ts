import type { Audit } from "./audit.ts";
import { effectsIn } from "./effects.ts";
import { inStory, type Told, toldAs } from "./in-story.ts";
import { until } from "./until.ts";

const SETTINGS = {
  leaseTtlMs: 3_000,
  leaseThread: false,
  orchestrationIntervalMs: 500,
  jobPollIntervalMs: 200,
  suspectPatienceMs: 500,
  concurrency: 4,
  synchronous: "NORMAL",
} as const;
const BLOCK_MS = 4_000;
const QUARANTINED_WITHIN_MS = 90_000;

export interface BlockedOptions extends Told {
  readonly workers: number;
  /** Runs that block whatever process takes them, every time. */
  readonly poisons: number;
  /** Runs that block a process once. */
  readonly blockOnce: number;
  /** Runs of ten short steps that go on beside them. */
  readonly neighbours: number;
}

export interface BlockedReport extends Audit {
  /** Bodies of each poison. */
  readonly poisonBodies: readonly number[];
  /** From the start of the poisons to the last of their quarantines. */
  readonly quarantinedAfterMs: number;
}

/** Steps that block the event loops of a fleet for longer than its leases. */
export const tellBlocked = (options: BlockedOptions): Promise<BlockedReport> =>
  inStory({ ...SETTINGS, ...toldAs(options) }, async (story) => {
    const { database, directory, fleet } = story;
    const many = (count: number, start: () => Promise<string>): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, start));
    const begun = performance.now();
    const blocking = (blocks: "once" | "always") => () =>
      story.start("blocking", { blocks, blockMs: BLOCK_MS });
    await many(options.neighbours, () => story.start("steady", "steady"));
    const poisons = await many(options.poisons, blocking("always"));
    const once = await many(options.blockOnce, blocking("once"));
    const mayCount = (id: string): readonly number[] =>
      poisons.includes(id) ? [3] : once.includes(id) ? [0, 1] : [0];
    for (const { pid } of fleet.all) story.disturbed.add(pid);
    await until("every poison is quarantined", QUARANTINED_WITHIN_MS, async () => {
      const holds = await Promise.all(poisons.map((id) => database.holdOf(id)));
      return holds.every((hold) => hold === "quarantined");
    });
    const quarantinedAfterMs = performance.now() - begun;
    await many(options.neighbours, () => story.start("steady", "steady"));
    await story.whenAllEnded(60_000);
    const audit = await story.audit();
    const effects = effectsIn(directory);
    const counted = await database.countedLosses();
    return {
      ...audit,
      violations: [
        ...audit.violations,
        ...counted
          .filter(({ runId, losses }) => !mayCount(runId).includes(losses))
          .map(({ runId, losses }) => `run ${runId} has ${losses} counted losses`),
      ],
      poisonBodies: poisons.map((id) => effects.filter(({ step }) => step.startsWith(id)).length),
      quarantinedAfterMs,
    };
  });
