import type { CommitPlan, Persistence, Write } from "@pawl/kernel/ports";
import type { Tampering } from "../src/index.ts";

const commits = (
  sound: Persistence,
  change: (plan: CommitPlan) => CommitPlan,
): Pick<Persistence, "commit" | "commitMany"> => ({
  commit: (plan) => sound.commit(change(plan)),
  commitMany: (plans) => sound.commitMany(plans.map(change)),
});

const withoutGuards = (kind: string) => (plan: CommitPlan) => ({
  ...plan,
  guards: plan.guards.filter((guard) => guard.kind !== kind),
});

const withoutWrites = (drops: (write: Write) => boolean) => (plan: CommitPlan) => ({
  ...plan,
  writes: plan.writes.filter((write) => !drops(write)),
});

/** Broken stores, kernels and hosts; a range of seeds has to find each. */
export const MUTANTS: Readonly<Record<string, Tampering>> = {
  "a store that does not look at fences": {
    wrapStore: (sound) => ({ ...sound, ...commits(sound, withoutGuards("stage")) }),
  },
  "a store that does not look at revs": {
    wrapStore: (sound) => ({ ...sound, ...commits(sound, withoutGuards("rev")) }),
  },
  "a kernel that guards no stage": {
    wrapPersistence: (sound) => ({ ...sound, ...commits(sound, withoutGuards("stage")) }),
  },
  "a store that leaves waits open": {
    wrapStore: (sound) => ({
      ...sound,
      ...commits(
        sound,
        withoutWrites(({ op }) => op === "closeWaits"),
      ),
    }),
  },
  "a store that does not cancel the open stages of a run that ends": {
    wrapStore: (sound) => ({
      ...sound,
      ...commits(
        sound,
        withoutWrites((write) => write.op === "updateStages" && write.set.status === "cancelled"),
      ),
    }),
  },
  "a store that loses failed records": {
    wrapStore: (sound) => ({
      ...sound,
      ...commits(
        sound,
        withoutWrites(
          (write) =>
            write.op === "insert" && write.table === "steps" && write.row.status === "failed",
        ),
      ),
    }),
  },
  "a store that loses attempts": {
    wrapStore: (sound) => ({
      ...sound,
      ...commits(
        sound,
        withoutWrites((write) => write.op === "insert" && write.table === "attempts"),
      ),
    }),
  },
  "a claim that forgets the memo": {
    wrapStore: (sound) => ({
      ...sound,
      claim: async (request) =>
        (await sound.claim(request)).map((one) => ({ ...one, memo: { entries: [] } })),
    }),
  },
  "memo pages that end too early": {
    wrapStore: (sound) => ({
      ...sound,
      memoPage: async (...asked) => {
        const { entries } = await sound.memoPage(...asked);
        return { entries };
      },
    }),
  },
  "a claim that forgets the waits": {
    wrapStore: (sound) => ({
      ...sound,
      claim: async (request) =>
        (await sound.claim(request)).map((one) => ({ ...one, openWaits: [] })),
    }),
  },
  "a sweep that finds no dead session": {
    wrapStore: (sound) => ({
      ...sound,
      sweep: async (request) => {
        const report = await sound.sweep(request);
        return { ...report, items: report.items.filter(({ kind }) => kind !== "sessionExpired") };
      },
    }),
  },
  "a start that does not look for its key": {
    wrapStore: (sound) => ({
      ...sound,
      ...commits(sound, (plan) => ({
        ...plan,
        guards: plan.guards.filter(({ kind }) => kind !== "absent"),
        writes: plan.writes.filter(
          (write) => !(write.op === "insert" && write.table === "idempotency"),
        ),
      })),
    }),
  },
  "chance that differs from execution to execution": {
    kernelParts: (sound) => ({
      persistence: {
        ...sound.persistence,
        claim: async (request) => {
          const claimed = await sound.persistence.claim(request);
          return claimed.map((one) => ({
            ...one,
            run: { ...one.run, seed: `${one.run.seed}${one.stage.fence}` },
          }));
        },
      },
    }),
  },
  "blobs that are not kept": {
    kernelParts: (sound) => ({ blobStore: { ...sound.blobStore, put: async () => {} } }),
  },
};
