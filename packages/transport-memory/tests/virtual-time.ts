import type { Clock, Runtime } from "@pawl/kernel/ports";

export interface VirtualTime extends Pick<Clock, "now">, Pick<Runtime, "after"> {
  /** Moves time, firing what falls due on the way in its order. */
  advance(ms: number): Promise<void>;
  /** Waits that have not ended. */
  pending(): number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that moves only when told, with the waiting that goes with it. */
export function createVirtualTime(start = 1_750_000_000_000): VirtualTime {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  return {
    now: () => now,
    pending: () => timers.size,
    after: (ms, cancel) =>
      new Promise((resolve) => {
        const timer = { at: now + ms, fire: resolve };
        const end = (): void => {
          timers.delete(timer);
          resolve();
        };
        timers.add(timer);
        cancel?.cancelled.then(end, end);
      }),
    advance: async (ms) => {
      const until = now + ms;
      await turn();
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        now = next.at;
        timers.delete(next);
        next.fire();
        await turn();
      }
      now = until;
      await turn();
    },
  };
}
