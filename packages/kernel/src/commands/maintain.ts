import { announceWork } from "../engine/announce-work.ts";
import type { Engine } from "../engine/engine.ts";
import { sweepDue, tendDue } from "../engine/sweep.ts";
import type { SweepItem, SweepKind, SweepReport } from "../ports/persistence.ts";
import { flushRun } from "./flush-outbox.ts";
import { purgeEvidence } from "./purge-evidence.ts";
import { reapSession } from "./reap-lease.ts";
import { relayDispatch } from "./relay-dispatch.ts";
import { startRun } from "./start-run.ts";
import { waitingSuspects } from "./waiting-suspects.ts";
import { tend, waitKinds } from "./wake-stage.ts";

/** How much one round looks at; default `limits.sweepRows` each. */
export interface MaintenanceBounds {
  /** Rows of each kind that are due. */
  readonly rowsMax?: number;
  readonly suspendedChecksMax?: number;
  readonly outboxFlushMax?: number;
  /**
   * Also looks at every live run for one that nothing will wake, and deletes evidence that is no
   * longer needed: now and then is enough.
   */
  readonly thorough?: boolean;
  /** Also counts suspects, in these queues or in all. */
  readonly suspects?: { readonly queues?: readonly string[] | undefined };
}

/** Counts of one round of maintenance. */
export interface Maintained {
  readonly claimed: number;
  readonly suspendedChecked: number;
  readonly staleReleased: number;
  /** Jobs handed to the transport that were not with it: see `dispatch.relay`. */
  readonly dispatched: number;
  readonly eventsFlushed: number;
  /** Suspects that have waited long for a worker of their own; 0 where they were not counted. */
  readonly suspects: number;
}

/**
 * One round, the same on every host: admit pending, wake and expire, reap leases, relay jobs, flush
 * events. All that is due is found by one bounded statement; a part that fails stops no others.
 */
export async function maintain(
  engine: Engine,
  bounds: MaintenanceBounds = {},
): Promise<Maintained> {
  const thorough = bounds.thorough === true;
  const waiting = waitKinds(engine, thorough);
  const { items, dbNow } = await findAll(engine, waiting, bounds);
  const of = (...kinds: readonly SweepKind[]) => items.filter((item) => kinds.includes(item.kind));
  const checks = of(...waiting).slice(0, bounds.suspendedChecksMax);
  const counts = { staleReleased: 0, eventsFlushed: 0 };
  const claimed = await tendDue(engine, of("startDue"), ({ runId }) => startRun(engine, runId));
  const suspendedChecked = await tendDue(engine, checks, (item) => tend(engine, item, dbNow));
  await tendDue(engine, of("sessionExpired"), async ({ id = "" }: SweepItem) => {
    const { stages, gone } = await reapSession(engine, id, dbNow);
    counts.staleReleased += stages;
    return gone;
  });
  const dispatched = await relayed(engine, bounds.rowsMax ?? engine.limits.sweepRows);
  const behind = of("undelivered").slice(0, bounds.outboxFlushMax);
  await tendDue(engine, behind, async ({ runId }) => {
    const flushed = await flushRun(engine, runId);
    counts.eventsFlushed += flushed;
    return true;
  });
  if (claimed + counts.staleReleased > 0) announceWork(engine);
  if (thorough) await purgeEvidence(engine, { commits: of("commitsOld"), dbNow });
  const suspects = bounds.suspects ? await waitingSuspects(engine, bounds.suspects, dbNow) : 0;
  return { claimed, suspendedChecked, ...counts, dispatched, suspects };
}

/** Jobs that can't be relayed now are found again in the next round. */
async function relayed(engine: Engine, limit: number): Promise<number> {
  try {
    const { sent, redispatched } = await relayDispatch(engine, { type: "dispatch.relay", limit });
    return sent + redispatched;
  } catch (error) {
    engine.logger.log("error", "jobs could not be relayed", { error });
    return 0;
  }
}

const findAll = (
  engine: Engine,
  waiting: readonly SweepKind[],
  { thorough = false, rowsMax: limit }: MaintenanceBounds,
): Promise<SweepReport> =>
  sweepDue(
    engine,
    [
      "startDue",
      ...waiting,
      "sessionExpired",
      ...(engine.eventSink ? (["undelivered"] as const) : []),
      ...(thorough ? (["commitsOld"] as const) : []),
    ],
    { limit, olderThanMs: engine.limits.evidenceKeptMs },
  );
