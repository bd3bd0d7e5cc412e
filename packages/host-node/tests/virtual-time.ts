import { createHash } from "node:crypto";
import type { Clock, Runtime } from "@pawl/kernel/ports";

export interface VirtualTime {
  readonly clock: Clock;
  readonly runtime: Runtime;
  /** Moves time, firing what falls due on the way in its order, each followed by what it causes. */
  advance(ms: number): Promise<void>;
  /** Time passes in which nothing can happen: whatever falls due is late, and comes at once. */
  block(ms: number): void;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** Waits that have not ended. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

const START = 1_750_000_000_000;
/** Host turns without any sign of life after which everything is taken to be at rest. */
const QUIET_TURNS = 4;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that moves only when told, and a runtime that waits by it. */
export function createVirtualTime(): VirtualTime {
  let now = START;
  let stirrings = 0;
  const timers = new Set<Timer>();
  const settle = async (): Promise<void> => {
    for (let quiet = 0, seen = stirrings; quiet < QUIET_TURNS; quiet++) {
      await turn();
      if (stirrings !== seen) quiet = 0;
      seen = stirrings;
    }
  };
  const runtime: Runtime = {
    turn: () => {
      stirrings++;
      return turn();
    },
    after: (ms, cancel) =>
      new Promise((resolve) => {
        stirrings++;
        const timer: Timer = { at: now + Math.max(0, ms), fire: resolve };
        timers.add(timer);
        const end = (): void => {
          timers.delete(timer);
          resolve();
        };
        cancel?.cancelled.then(end, end);
      }),
    newAbort: () => new AbortController(),
    digest: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
  };
  return {
    clock: { now: () => Math.floor(now), monotonic: () => now - START },
    runtime,
    settle,
    pending: () => timers.size,
    block: (ms) => {
      now += ms;
      for (const timer of [...timers].toSorted((a, b) => a.at - b.at)) {
        if (timer.at <= now && timers.delete(timer)) timer.fire();
      }
    },
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = [...timers].toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        now = Math.max(now, next.at);
        timers.delete(next);
        next.fire();
        await settle();
      }
      now = Math.max(now, until);
      await settle();
    },
  };
}
