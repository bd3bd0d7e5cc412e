import type { Engine } from "./engine.ts";
import { flushOutbox } from "./flush-outbox.ts";
import { reapStale } from "./reap-lease.ts";
import { claimPending } from "./start-run.ts";
import { pollSuspended } from "./wake-stage.ts";

/** Counts of one round of maintenance. */
export interface Maintained {
  readonly claimed: number;
  readonly suspendedChecked: number;
  readonly staleReleased: number;
  readonly eventsFlushed: number;
}

/**
 * One round, the same on every host: admit pending, wake and expire, reap leases, flush events.
 * A part that fails is logged and does not stop the others.
 */
export async function maintain(engine: Engine): Promise<Maintained> {
  const part = async <T>(name: string, run: () => Promise<T>, none: T): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      engine.logger.log("error", "a part of maintenance failed", { part: name, error });
      return none;
    }
  };
  const claimed = await part("run.claimPending", () => claimPending(engine, { type: "run.claimPending" }), {
    claimed: 0,
  });
  const polled = await part(
    "stage.pollSuspended",
    () => pollSuspended(engine, { type: "stage.pollSuspended" }),
    { checked: 0 },
  );
  const reaped = await part("lease.reapStale", () => reapStale(engine, { type: "lease.reapStale" }), {
    sessions: 0,
    stages: 0,
  });
  const flushed = await part("outbox.flush", () => flushOutbox(engine, { type: "outbox.flush" }), {
    flushed: 0,
  });
  return {
    claimed: claimed.claimed,
    suspendedChecked: polled.checked,
    staleReleased: reaped.stages,
    eventsFlushed: flushed.flushed,
  };
}
