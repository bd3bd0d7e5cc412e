import type { CommitPlan, Persistence, Runtime } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { EXAMPLES } from "../src/crash-points/all-examples.ts";
import {
  measureExample,
  type ProofOptions,
  proveCrashes,
} from "../src/crash-points/prove-points.ts";
import type { Tampering } from "../src/index.ts";

const isSplit = ({ writes, events }: CommitPlan): boolean =>
  events.length > 0 && !writes.some((write) => write.op === "insert" && write.table === "runs");

/** Rows in one commit, the events that tell of them in the next. */
const withEventsApart = (sound: Persistence): Persistence => {
  const commit: Persistence["commit"] = async (plan) => {
    if (!isSplit(plan)) return sound.commit(plan);
    const rows = await sound.commit({ ...plan, events: [] });
    if (!rows.ok) return rows;
    const commitId = `${plan.commitId}-events`;
    const events = await sound.commit({ ...plan, commitId, guards: [], writes: [] });
    return events.ok ? { ...rows, revs: events.revs } : events;
  };
  return { ...sound, commit, commitMany: (plans) => Promise.all(plans.map(commit)) };
};

interface Mutant extends Pick<ProofOptions, "watched"> {
  readonly example: string;
  readonly tampering: Tampering;
  readonly found: string;
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "events outside of their commit": {
    example: "one-step",
    watched: false,
    tampering: { wrapPersistence: withEventsApart },
    found: "I3: ",
  },
  "events that count as delivered before the sink has them": {
    example: "one-step",
    tampering: {
      kernelParts: ({ eventSink }) => ({
        eventSink: { emit: async (deliveries) => void eventSink?.emit(deliveries) },
      }),
    },
    found: "sink: ",
  },
  "blobs that are not waited for": {
    example: "large-payloads",
    tampering: {
      kernelParts: ({ blobStore, runtime }) => ({
        blobStore: {
          ...blobStore,
          put: async (key, bytes) => {
            void runtime.turn().then(() => blobStore.put(key, bytes));
          },
        },
      }),
    },
    found: "I30: ",
  },
  "a sweep that finds no dead session": {
    example: "one-step",
    tampering: {
      wrapStore: (sound) => ({
        ...sound,
        sweep: async (request) => {
          const report = await sound.sweep(request);
          return { ...report, items: report.items.filter(({ kind }) => kind !== "sessionExpired") };
        },
      }),
    },
    found: "liveness: ",
  },
  "an at-most-once body that follows no marker": {
    example: "at-most-once",
    tampering: {
      kernelParts: ({ persistence, runtime }) => ({
        persistence: { ...persistence, ...lateMarkers(persistence, runtime) },
      }),
    },
    found: "I19: ",
  },
};

const isMarker = ({ writes }: CommitPlan): boolean =>
  writes.some((write) => "table" in write && write.op === "insert" && isMarkerRow(write.row));

const isMarkerRow = (row: object): boolean => (row as { status?: string }).status === "marker";

/** Markers are said to be stored before they are. */
function lateMarkers(
  sound: Persistence,
  runtime: Runtime,
): Pick<Persistence, "commit" | "commitMany"> {
  const commit: Persistence["commit"] = async (plan) => {
    if (!isMarker(plan)) return sound.commit(plan);
    void runtime.turn().then(() => sound.commit(plan));
    return { ok: true, revs: {}, dbNow: 0, counters: [] };
  };
  return { commit, commitMany: (plans) => Promise.all(plans.map(commit)) };
}

describe("without a crash nothing shows, some crash shows", () => {
  it.each(Object.entries(MUTANTS))("%s", { timeout: 60_000 }, async (_, mutant) => {
    const { example: id, found, ...broken } = mutant;
    const example = EXAMPLES.find((one) => one.id === id);
    if (!example) return expect.unreachable(`there is no example ${id}`);
    const options: ProofOptions = { adapter: "memory", ...broken };
    const measured = await measureExample(example, options);
    const says: string[] = [];
    for (const point of measured.points) {
      const { failure } = await proveCrashes(measured, [point], options);
      says.push(...(failure?.says ?? []));
      if (says.some((line) => line.startsWith(found))) return;
    }
    expect.unreachable(`no crash shows it; instead: ${[...new Set(says)].join("\n")}`);
  });
});

it("a crash that is not reached is named, with the calls that there are", async () => {
  const [example] = EXAMPLES;
  if (!example) return expect.unreachable("there is no example");
  const measured = await measureExample(example, { adapter: "memory" });
  const at = { role: "worker", call: 999, side: "after", others: "lost" } as const;
  const crashes = [{ ...at, life: 1 } as const, { ...at, life: 3 } as const];
  const { failure } = await proveCrashes(measured, crashes, { adapter: "memory" });
  const calls = measured.free.calls.get("worker.1")?.length;
  expect(failure?.says).toEqual([
    `worker.1:999:after was not reached: worker.1 makes ${calls} calls in this play`,
    "worker.3:999:after was not reached: there is no worker.3 in this play",
  ]);
});
