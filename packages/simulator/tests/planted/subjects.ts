import type { PersistenceSubject, TransportConformanceOptions } from "@pawl/conformance";
import type { JobTransport, Persistence } from "@pawl/kernel/ports";
import { createMemoryPersistence, createMemoryStore } from "@pawl/persistence-memory";
import { createMemoryTransport } from "@pawl/transport-memory";

type Wrap<T> = (sound: T) => T;

/** The memory adapter with something done to it. */
export const storeWith = (wrap: Wrap<Persistence>): PersistenceSubject => ({
  name: "memory",
  create: async () => {
    let now = 1_700_000_000_000;
    const clock = {
      now: () => now,
      advance: (ms: number) => {
        now += ms;
      },
    };
    const store = createMemoryStore();
    const persistence = wrap(createMemoryPersistence({ clock, store }));
    return { persistence, clock, destroy: async () => undefined };
  },
});

/** The memory transport with something done to it. */
export const transportWith = (wrap: Wrap<JobTransport>): TransportConformanceOptions => ({
  name: "memory",
  create: async () => {
    const time = manualTime();
    const transport = wrap(createMemoryTransport({ clock: time, runtime: time }));
    return { transport, clock: time, destroy: async () => undefined };
  },
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that moves when told. */
function manualTime() {
  let now = 1_700_000_000_000;
  const timers = new Map<() => void, number>();
  return {
    now: () => now,
    after: (ms: number, cancel?: { readonly cancelled: Promise<unknown> }) =>
      new Promise<void>((resolve) => {
        timers.set(resolve, now + ms);
        const end = (): void => {
          timers.delete(resolve);
          resolve();
        };
        cancel?.cancelled.then(end, end);
      }),
    advance: async (ms: number) => {
      const until = now + ms;
      await turn();
      for (;;) {
        const [first] = [...timers].sort(([, a], [, b]) => a - b);
        if (!first || first[1] > until) break;
        const [fire, at] = first;
        now = at;
        timers.delete(fire);
        fire();
        await turn();
      }
      now = until;
      await turn();
    },
  };
}
