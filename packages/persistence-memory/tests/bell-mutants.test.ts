import { once } from "node:events";
import type { WorkBell, WorkHeard, WorkPlace } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import {
  createMemoryPersistence,
  type MemoryPersistence,
  type MemoryPersistenceOptions,
} from "../src/index.ts";
import { failingCase } from "./failing-case.ts";
import { memorySubject } from "./memory-subject.ts";

type Open = (options: MemoryPersistenceOptions) => MemoryPersistence;
type Mutate = (sound: WorkBell) => Partial<WorkBell>;

const opening =
  (mutate: Mutate): Open =>
  (options) => {
    const sound = createMemoryPersistence(options);
    const bell = sound.workBell as WorkBell;
    return { ...sound, workBell: { ...bell, ...mutate(bell) } };
  };

const rings = (change: (place: WorkPlace) => WorkPlace): Mutate => {
  return ({ ring }) => ({ ring: (place) => ring(change(place)) });
};
const hears = (change: (heard: WorkHeard) => WorkHeard): Mutate => {
  return ({ listen }) => ({ listen: (heard, logger) => listen(change(heard), logger) });
};

/** A bell that hears its own rings too. */
const echoing: Mutate = ({ ring, listen }) => {
  const own = new Set<WorkHeard>();
  return {
    ring: (place) => {
      ring(place);
      for (const heard of own) queueMicrotask(() => heard(place));
    },
    listen: (heard, logger) => {
      own.add(heard);
      return listen(heard, logger);
    },
  };
};

const onlyOnce = (): Mutate => {
  return ({ ring }) => {
    const seen = new Set<string | undefined>();
    const isNew = ({ queue }: WorkPlace): boolean => !seen.has(queue) && !!seen.add(queue);
    return { ring: (place) => isNew(place) && ring(place) };
  };
};

const MUTANTS: readonly (readonly [clause: string, name: string, mutate: Mutate])[] = [
  ["NOTIFY-1", "never rings", () => ({ ring: () => {} })],
  ["NOTIFY-1", "forgets the queue", rings(({ namespace }) => ({ namespace }))],
  ["NOTIFY-1", "makes up a queue", rings((place) => ({ queue: "default", ...place }))],
  ["NOTIFY-1", "knows one namespace", rings((place) => ({ ...place, namespace: "default" }))],
  [
    "NOTIFY-1",
    "loses odd letters",
    rings((place) => ({ ...place, queue: place.queue?.replaceAll(/[^a-z]/g, "") ?? "" })),
  ],
  ["NOTIFY-2", "hears itself", echoing],
  [
    "NOTIFY-3",
    "throws on a closed store",
    ({ ring }) => ({
      ring: (place) => {
        if (place.queue === "closed") throw new Error("closed");
        ring(place);
      },
    }),
  ],
  [
    "NOTIFY-4",
    "tells of each ring",
    hears((heard) => (place) => {
      for (let i = 0; i < 20; i++) heard(place);
    }),
  ],
  ["NOTIFY-4", "swallows what was rung before", onlyOnce()],
  ["NOTIFY-5", "does not say that it begins", hears((heard) => (place) => place && heard(place))],
  [
    "NOTIFY-6",
    "does not stop",
    ({ listen }) => ({
      listen: (heard, logger) => {
        listen(heard, logger);
        return async () => {};
      },
    }),
  ],
  [
    "NOTIFY-6",
    "stops all who listen",
    ({ listen }) => {
      const stops: (() => Promise<void>)[] = [];
      return {
        listen: (heard, logger) => {
          stops.push(listen(heard, logger));
          return async () => void (await Promise.all(stops.map((stop) => stop())));
        },
      };
    },
  ],
];

const HANGS_MS = 1_000;

/** A case that waits in vain for news has seen that there are none. */
async function seen(clause: string, open: Open): Promise<string | undefined> {
  const late = once(AbortSignal.timeout(HANGS_MS), "abort").then(() => "waits in vain");
  return Promise.race([failingCase(clause, memorySubject(open, true), expect), late]);
}

describe("the suite sees a broken bell", () => {
  it.each(MUTANTS)("%s: %s", async (clause, _, mutate) => {
    expect(await seen(clause, opening(mutate))).toBeDefined();
  });

  it.each([...new Set(MUTANTS.map(([clause]) => clause))])(
    "%s: none in a whole one",
    async (clause) => {
      expect(await seen(clause, createMemoryPersistence)).toBeUndefined();
    },
  );
});
