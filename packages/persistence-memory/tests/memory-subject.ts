import type { PersistenceSubject } from "@pawl/conformance";
import {
  createMemoryStore,
  type Fault,
  type MemoryPersistence,
  type MemoryPersistenceOptions,
} from "../src/index.ts";

/** A memory adapter, whole or broken, as the suite wants to meet it. */
export const memorySubject = (
  open: (options: MemoryPersistenceOptions) => MemoryPersistence,
  notify = false,
): PersistenceSubject => ({
  name: "memory",
  capabilities: { handles: true, lostAcknowledgements: true, notify },
  create: async () => {
    let now = 1_700_000_000_000;
    let next: Fault | undefined;
    const clock = { now: () => now };
    const store = createMemoryStore();
    const faults = ({ plan }: { readonly plan?: unknown }): Fault | undefined => {
      const fault = plan ? next : undefined;
      if (plan) next = undefined;
      return fault;
    };
    return {
      persistence: open({ clock, store, faults, notify }),
      clock: {
        now: clock.now,
        advance: (ms) => {
          now += ms;
        },
      },
      second: async () => open({ clock, store, notify }),
      loseNext: (when) => {
        next = when === "applied" ? "ambiguousApplied" : "ambiguousLost";
      },
      destroy: async () => undefined,
    };
  },
});
