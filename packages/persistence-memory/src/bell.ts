import type { WorkBell, WorkHeard, WorkPlace } from "@pawl/kernel/ports";

interface Listener {
  readonly bell: object;
  readonly heard: WorkHeard;
}

/** Who hears the rings of one store. */
export type Hearing = Set<Listener>;

/** The bell of one handle, whose rings of one tick are heard together after it. */
export function memoryBell(hearing: Hearing): WorkBell & { close(): void } {
  const bell = {};
  const rung = new Map<string, WorkPlace>();
  let closed = false;
  const tell = (): void => {
    const places = [...rung.values()];
    rung.clear();
    for (const place of places) {
      for (const listener of hearing) if (listener.bell !== bell) listener.heard(place);
    }
  };
  return {
    ring: ({ namespace, queue }) => {
      if (closed) return;
      if (rung.size === 0) queueMicrotask(tell);
      const place = { namespace, ...(queue === undefined ? {} : { queue }) };
      rung.set(JSON.stringify(place), place);
    },
    listen: (heard) => {
      const listener = { bell, heard };
      if (!closed) {
        hearing.add(listener);
        queueMicrotask(() => hearing.has(listener) && heard());
      }
      return async () => void hearing.delete(listener);
    },
    close: () => {
      closed = true;
      for (const listener of hearing) if (listener.bell === bell) hearing.delete(listener);
    },
  };
}
