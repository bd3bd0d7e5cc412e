import { createHash } from "node:crypto";
import type { Clock, Runtime } from "@pawl/kernel/ports";

export interface VirtualTime {
  readonly clock: Clock;
  readonly runtime: Runtime;
  /** A runtime of a process that can be frozen: what falls due meanwhile comes after the thaw. */
  process(): { readonly runtime: Runtime; freeze(): void; thaw(): void };
  /** Moves time, firing what falls due on the way in its order, each followed by what it causes. */
  advance(ms: number): Promise<void>;
  /** Time passes in which nothing can happen: whatever falls due is late, and comes at once. */
  block(ms: number): void;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** Lets time pass where `work` needs it. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Waits that have not ended. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

const START = 1_750_000_000_000;
/** Host turns without any sign of life after which everything is taken to be at rest. */
const QUIET_TURNS = 6;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that moves only when told, and runtimes that wait by it. */
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
  const next = (): Timer | undefined => [...timers].toSorted((a, b) => a.at - b.at)[0];
  const fire = async (timer: Timer): Promise<void> => {
    now = Math.max(now, timer.at);
    timers.delete(timer);
    timer.fire();
    await settle();
  };
  const runtimeOf = (gate: () => Promise<void>): Runtime => ({
    turn: async () => {
      stirrings++;
      await gate();
      await turn();
    },
    after: (ms, cancel) =>
      new Promise((resolve) => {
        stirrings++;
        const end = (): void => {
          timers.delete(timer);
          void gate().then(resolve);
        };
        const timer: Timer = { at: now + Math.max(0, ms), fire: end };
        timers.add(timer);
        cancel?.cancelled.then(end, end);
      }),
    newAbort: () => new AbortController(),
    digest: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
  });
  return {
    clock: { now: () => Math.floor(now), monotonic: () => now - START },
    runtime: runtimeOf(async () => {}),
    process: () => {
      let frozen: Promise<void> | undefined;
      let thaw = (): void => {};
      return {
        runtime: runtimeOf(async () => frozen),
        freeze: () => {
          frozen = new Promise((resolve) => {
            thaw = resolve;
          });
        },
        thaw: () => {
          frozen = undefined;
          thaw();
        },
      };
    },
    settle,
    pending: () => timers.size,
    block: (ms) => {
      now += ms;
      for (const timer of [...timers].toSorted((a, b) => a.at - b.at)) {
        if (timer.at <= now && timers.delete(timer)) timer.fire();
      }
    },
    until: async (work) => {
      let ended = false;
      const end = (): void => {
        ended = true;
      };
      work.then(end, end);
      for (await settle(); !ended; await settle()) {
        const timer = next();
        if (!timer) throw new Error("nothing is left to wait for");
        await fire(timer);
      }
      return work;
    },
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      for (let timer = next(); timer && timer.at <= until; timer = next()) await fire(timer);
      now = Math.max(now, until);
      await settle();
    },
  };
}
