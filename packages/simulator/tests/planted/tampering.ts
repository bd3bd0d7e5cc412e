import type {
  ClaimedStage,
  CommitPlan,
  CommitResult,
  EventType,
  Persistence,
  Write,
} from "@pawl/kernel/ports";
import type { Tampering } from "../../src/index.ts";

type Wrap = (sound: Persistence) => Persistence;

/** Broken in the store that all processes share. */
export const inStore =
  (wrap: Wrap): (() => Tampering) =>
  () => ({ wrapStore: wrap });

/** Broken between each kernel and its way to the store. */
export const inKernel =
  (wrap: Wrap): (() => Tampering) =>
  () => ({ wrapPersistence: wrap });

/** Every plan is changed before it is written. */
export const onPlans =
  (change: (plan: CommitPlan) => CommitPlan): Wrap =>
  (sound) => ({
    ...sound,
    commit: (plan) => sound.commit(change(plan)),
    commitMany: (plans) => sound.commitMany(plans.map(change)),
  });

type Commit = (plan: CommitPlan) => Promise<CommitResult>;

/** Every plan is committed in another way; those of a batch at once. */
export const onCommits =
  (change: (plan: CommitPlan, commit: Commit, sound: Persistence) => Promise<CommitResult>): Wrap =>
  (sound) => {
    const commit: Commit = (plan) => change(plan, (one) => sound.commit(one), sound);
    return { ...sound, commit, commitMany: (plans) => Promise.all(plans.map(commit)) };
  };

/** Answers to commits are changed on their way. */
export const onResults = (change: (result: CommitResult, plan: CommitPlan) => CommitResult): Wrap =>
  onCommits(async (plan, commit) => change(await commit(plan), plan));

/** What claims answer is changed on its way. */
export const onClaims =
  (change: (claimed: ClaimedStage) => ClaimedStage): Wrap =>
  (sound) => ({
    ...sound,
    claim: async (request) => (await sound.claim(request)).map(change),
  });

/** Plans that this says are written in two commits, with room for a crash between. */
export const inTwoCommits = (
  divide: (plan: CommitPlan) => readonly [Partial<CommitPlan>, Partial<CommitPlan>] | undefined,
): Wrap =>
  onCommits(async (plan, commit) => {
    const parts = divide(plan);
    if (!parts) return commit(plan);
    const first = await commit({ ...plan, ...parts[0] });
    if (!first.ok) return first;
    const commitId = `${plan.commitId}+`;
    const second = await commit({ ...NOTHING, commitId, ...parts[1] });
    if (!second.ok) return second;
    return { ...first, revs: { ...first.revs, ...second.revs } };
  });

const NOTHING = { guards: [], writes: [], events: [], intents: [], dispatch: [] };

/** Guards of these kinds are not looked at, in the plans that are meant. */
export const withoutGuards =
  (kinds: readonly string[], isMeant: (plan: CommitPlan) => boolean = () => true) =>
  (plan: CommitPlan): CommitPlan =>
    isMeant(plan)
      ? { ...plan, guards: plan.guards.filter(({ kind }) => !kinds.includes(kind)) }
      : plan;

export const withoutWrites = (drops: (write: Write) => boolean) => (plan: CommitPlan) => ({
  ...plan,
  writes: plan.writes.filter((write) => !drops(write)),
});

/** Every write that is one of these is changed. */
export const changingWrites = (change: (write: Write) => Write) => (plan: CommitPlan) => ({
  ...plan,
  writes: plan.writes.map(change),
});

export const hasEvent = ({ events }: CommitPlan, ...types: readonly EventType[]): boolean =>
  events.some(({ type }) => types.includes(type));

/** Set-wise writes are only for plans that guard a rev. */
export const isSetWise = ({ writes }: CommitPlan): boolean =>
  writes.some(({ op }) => op === "updateStages" || op === "closeWaits");

/** Takes a stage from a session that is gone. */
export const isReap = ({ writes }: CommitPlan): boolean =>
  writes.some(
    (write) => write.op === "insert" && write.table === "attempts" && write.row.outcome === "lost",
  );

export const isRecord = (write: Write): boolean => write.op === "insert" && write.table === "steps";

/** What the write sets in a stage's row; undefined when it is none. */
export function setOfStage(write: Write) {
  return write.op === "update" && write.table === "stages" ? write.set : undefined;
}

/** A stage's row with something else in it. */
export function settingStage(write: Write, set: object): Write {
  return write.op === "update" && write.table === "stages"
    ? { ...write, set: { ...write.set, ...set } }
    : write;
}
