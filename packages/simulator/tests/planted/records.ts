import type {
  ClaimedStage,
  CommitPlan,
  Key,
  MemoEntry,
  MemoPage,
  Persistence,
  StageKey,
  Write,
} from "@pawl/kernel/ports";
import { stageKeyOf } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import {
  changingWrites,
  hasEvent,
  inKernel,
  inStore,
  isRecord,
  onClaims,
  onPlans,
  setOfStage,
  settingStage,
  withoutWrites,
} from "./tampering.ts";

/** What is stored of steps, what replay reads, and what counts as an attempt. */
export const RECORD_BUGS: readonly SimulatedBug[] = [
  {
    name: "a record is overwritten when its step is executed again",
    source: "sin",
    plant: inStore((sound) => ({
      ...forgettingMemo(sound),
      ...overwriting(sound),
    })),
  },
  {
    name: "a claim forgets the memo",
    source: "sin",
    plant: inStore(forgettingMemo),
  },
  {
    name: "memo pages end after the first",
    source: "sin",
    plant: inStore((sound) => ({
      ...sound,
      memoPage: async (...asked) => {
        const { entries } = await sound.memoPage(...asked);
        return { entries };
      },
    })),
  },
  {
    name: "a record at the border of two memo pages is skipped",
    source: 16,
    plant: inStore((sound) => ({
      ...sound,
      memoPage: (stage, after, bounds) => sound.memoPage(stage, after + 1, bounds),
    })),
  },
  {
    name: "a page of the memo is replayed in another order",
    source: "sin",
    plant: inStore((sound) => ({
      ...onClaims((claimed) => ({ ...claimed, memo: turned(claimed.memo) }))(sound),
      memoPage: async (...asked) => turned(await sound.memoPage(...asked)),
    })),
  },
  {
    name: "records are numbered as they are written, not as they settled",
    source: "sin",
    plant: inKernel(onPlans(numberedByWriting)),
  },
  {
    name: "a deferred record does not ride on the next commit",
    source: "sin",
    plant: inKernel(onPlans(withoutRiders)),
  },
  {
    name: "caught failures are not recorded",
    source: "sin",
    plant: inStore(
      onPlans(
        withoutWrites(
          (write) =>
            write.op === "insert" && write.table === "steps" && write.row.status === "failed",
        ),
      ),
    ),
  },
  {
    name: "failed attempts of steps are not stored",
    source: 19,
    plant: inStore(
      onPlans(withoutWrites((write) => write.op === "insert" && write.table === "attempts")),
    ),
  },
  {
    name: "a step has all its attempts again in the next execution",
    source: 19,
    plant: inKernel(onClaims((claimed) => ({ ...claimed, stepAttempts: [] }))),
  },
  {
    name: "a stage has more attempts than its policy says",
    source: 19,
    plant: inKernel(
      onPlans((plan) =>
        hasEvent(plan, "stage.attemptFailed") ? changingWrites(forgiving)(plan) : plan,
      ),
    ),
  },
  {
    name: "a step that runs at most once leaves no marker",
    source: "sin",
    plant: inKernel(
      onPlans(
        withoutWrites(
          (write) =>
            write.op === "insert" && write.table === "steps" && write.row.status === "marker",
        ),
      ),
    ),
  },
  {
    name: "a marker is read as the record of its step",
    source: "sin",
    plant: inKernel(onClaims((claimed) => ({ ...claimed, memo: completed(claimed.memo) }))),
  },
  {
    name: "chance differs from execution to execution",
    source: "sin",
    plant: inKernel(
      onClaims((claimed) => ({
        ...claimed,
        run: { ...claimed.run, seed: `${claimed.run.seed}${claimed.stage.fence}` },
      })),
    ),
  },
  {
    name: "values are stored as plain JSON, so that replay sees others",
    source: 14,
    plant: inKernel(
      onPlans(
        changingWrites((write) =>
          write.op === "insert" && write.table === "steps"
            ? { ...write, row: { ...write.row, output: plainJson(write.row.output) } }
            : write,
        ),
      ),
    ),
  },
  {
    name: "blobs are not kept",
    source: "sin",
    plant: () => ({
      kernelParts: ({ blobStore }) => ({ blobStore: { ...blobStore, put: async () => {} } }),
    }),
  },
  {
    name: "a blob is acknowledged before it is kept",
    source: 4,
    plant: () => ({
      kernelParts: ({ blobStore, runtime }) => ({
        blobStore: {
          ...blobStore,
          put: async (key, bytes) =>
            void runtime
              .after(1_500)
              .then(() => blobStore.put(key, bytes))
              .catch(() => undefined),
        },
      }),
    }),
  },
  {
    name: "a blob is stored without its reference",
    source: "sin",
    plant: inKernel(
      onPlans(withoutWrites((write) => write.op === "insert" && write.table === "blobRefs")),
    ),
  },
];

function forgettingMemo(sound: Persistence): Persistence {
  return onClaims((claimed) => ({ ...claimed, memo: { entries: [] } }))(sound);
}

/** Records that are there are replaced, whoever asks. */
const overwriting = (sound: Persistence): Pick<Persistence, "commit" | "commitMany"> => {
  const cleared = async (plan: CommitPlan): Promise<CommitPlan> => {
    const writes = await Promise.all(
      plan.writes.map(async (write) => {
        if (write.op !== "insert" || write.table !== "steps") return write;
        const { key, occurrence, output, failure, endedAt, startedAt } = write.row;
        const id: Key<"steps"> = {
          ...stageKeyOf(write.row as StageKey),
          key,
          occurrence: Number(occurrence),
        };
        const before = await sound.query.get("steps", id);
        const set = { output, failure, endedAt, startedAt };
        return before ? ({ op: "update", table: "steps", key: id, set } as const) : write;
      }),
    );
    return { ...plan, writes };
  };
  return {
    commit: async (plan) => sound.commit(await cleared(plan)),
    commitMany: async (plans) => sound.commitMany(await Promise.all(plans.map(cleared))),
  };
};

/** As if an operator had forgiven the first two attempts. */
function forgiving(write: Write): Write {
  const attempt = setOfStage(write)?.attempt;
  return attempt === undefined
    ? write
    : settingStage(write, { attemptsForgiven: Math.min(Number(attempt) - 1, 2) });
}

const turned = (page: MemoPage): MemoPage => ({ ...page, entries: page.entries.toReversed() });

function numberedByWriting(plan: CommitPlan): CommitPlan {
  const seqs = plan.writes.flatMap((write) =>
    write.op === "insert" && write.table === "steps" ? [Number(write.row.seq)] : [],
  );
  seqs.sort((a, b) => a - b);
  return changingWrites((write) =>
    write.op === "insert" && write.table === "steps"
      ? { ...write, row: { ...write.row, seq: seqs.shift() ?? 0 } }
      : write,
  )(plan);
}

/** Keeps the first record of each plan that was put into this one. */
function withoutRiders(plan: CommitPlan): CommitPlan {
  const seen = new Set<unknown>();
  return withoutWrites((write) => {
    if (!isRecord(write)) return false;
    const { commitId } = (write as { readonly row: { readonly commitId: unknown } }).row;
    const rides = seen.has(commitId);
    seen.add(commitId);
    return rides;
  })(plan);
}

const completed = (page: MemoPage): MemoPage => ({
  ...page,
  entries: page.entries.map(
    (entry): MemoEntry =>
      entry.type === "step" && entry.step.status === "marker"
        ? { ...entry, step: { ...entry.step, status: "completed" } }
        : entry,
  ),
});

/** Without the tags that tell a Date from its text. */
function plainJson(packed: ClaimedStage["run"]["input"] | null): string | null {
  if (!packed?.startsWith("i")) return packed;
  const plain = JSON.parse(packed.slice(1), (_, value) => {
    const isTagged = typeof value === "object" && value !== null && "$" in value;
    return isTagged ? (value as { readonly v?: unknown }).v : value;
  });
  return `i${JSON.stringify(plain) ?? "null"}`;
}
