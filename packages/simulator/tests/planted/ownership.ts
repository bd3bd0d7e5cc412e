import type { ClaimedStage, Persistence, StageKey } from "@pawl/kernel/ports";
import { stageKeyOf } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import {
  changingWrites,
  hasEvent,
  inKernel,
  inStore,
  isReap,
  isSetWise,
  onClaims,
  onCommits,
  onPlans,
  setOfStage,
  settingStage,
  withoutGuards,
} from "./tampering.ts";

/** Who runs a stage, who takes it from whom, and what becomes of it then. */
export const OWNERSHIP_BUGS: readonly SimulatedBug[] = [
  {
    name: "the reaper overwrites a stage that ended since it was read",
    source: 2,
    plant: inKernel(onPlans(withoutGuards(["stage"], isReap))),
  },
  {
    name: "the reaper ignores a heartbeat since it read the lease",
    source: "sin",
    plant: inKernel(onPlans(withoutGuards(["version"], isReap))),
  },
  {
    name: "an execution that ends late reopens what has ended",
    source: "sin",
    plant: inKernel(
      onPlans(
        withoutGuards(
          ["stage", "rev", "live"],
          (plan) => hasEvent(plan, "stage.completed", "stage.failed") && !isSetWise(plan),
        ),
      ),
    ),
  },
  {
    name: "a claim hands a stage to two that ask at once",
    source: 7,
    plant: () => {
      let before: readonly ClaimedStage[] = [];
      return {
        wrapStore: (sound) => ({
          ...sound,
          claim: async (request) => {
            const claimed = await sound.claim(request);
            const { session } = request;
            const doubled = before.map((one) => ({ ...one, session }));
            before = claimed;
            return claimed.length > 0 ? claimed : doubled;
          },
        }),
      };
    },
  },
  {
    name: "a claim leaves the fence as it is",
    source: "sin",
    plant: inStore((sound) => ({
      ...sound,
      claim: async (request) => {
        const claimed = await sound.claim(request);
        for (const { stage } of claimed) {
          await set(sound, stage, { fence: Math.max(1, stage.fence - 1) });
        }
        return claimed.map((one) => ({
          ...one,
          stage: { ...one.stage, fence: Math.max(1, one.stage.fence - 1) },
        }));
      },
    })),
  },
  {
    name: "a stage is taken off the list before it is known whose it is",
    source: 3,
    plant: inKernel((sound) => ({
      ...sound,
      claim: async (request) => {
        const claimed = await sound.claim({ ...request });
        for (const { stage } of claimed) await set(sound, stage, { session: null });
        for (const { stage } of claimed) await set(sound, stage, { session: request.session.id });
        return claimed;
      },
    })),
  },
  {
    name: "a stage whose end could not be committed is nobody's for ever",
    source: 8,
    plant: inKernel(
      onCommits(async (plan, commit) => {
        const [only, ...more] = plan.writes;
        const given = only && setOfStage(only);
        const isYield = given?.status === "ready" && given.attempt === undefined;
        if (!isYield || more.length > 0 || plan.events.length > 0) return commit(plan);
        return commit({ ...plan, writes: [] });
      }),
    ),
  },
  {
    name: "the store's lease is shorter than its holder was told",
    source: 10,
    plant: inStore((sound) => ({
      ...sound,
      heartbeat: (session, beat) =>
        sound.heartbeat(session, { ...beat, ttlMs: Math.floor(beat.ttlMs / 6) }),
    })),
  },
  {
    name: "a process looks for dead sessions once, when it starts",
    source: 6,
    plant: () => ({ wrapPersistence: lookingOnce }),
  },
  {
    name: "a sweep finds no dead session",
    source: "sin",
    plant: inStore((sound) => sweeping(sound, ["sessionExpired"])),
  },
  {
    name: "nothing looks again at joins that a crash left due",
    source: 5,
    plant: inStore((sound) => sweeping(sound, ["joinReady", "stranded"])),
  },
  {
    name: "stages that are lost again and again are not suspect",
    source: "sin",
    plant: inKernel(
      onPlans((plan) =>
        isReap(plan) ? changingWrites((one) => settingStage(one, { suspect: false }))(plan) : plan,
      ),
    ),
  },
  {
    name: "a suspect is claimed beside others",
    source: "sin",
    plant: () => ({
      wrapKernel: (sound) => ({
        ...sound,
        dispatch: (async (command: never) => {
          const answer = await sound.dispatch(command);
          const { type, alone } = command as { readonly type: string; readonly alone?: boolean };
          if (type !== "job.claim" || alone || (answer as readonly unknown[]).length > 0) {
            return answer;
          }
          return sound.dispatch({ ...(command as object), limit: 1, alone: true } as never);
        }) as typeof sound.dispatch,
      }),
    }),
  },
  {
    name: "quarantine comes a loss too late",
    source: "sin",
    plant: () => ({
      kernelParts: ({ limits }) => ({ limits: { ...limits, lossesCountedMax: 4 } }),
    }),
  },
  {
    name: "a claim brings no outputs of the stages before",
    source: "sin",
    plant: inStore(onClaims((claimed) => ({ ...claimed, upstream: [] }))),
  },
];

let writes = 0;

/** Writes into a stage's row behind everybody's back. */
async function set(sound: Persistence, stage: StageKey, columns: object): Promise<void> {
  await sound.commit({
    commitId: `behind ${writes++}`,
    guards: [],
    writes: [{ op: "update", table: "stages", key: stageKeyOf(stage), set: columns }],
    events: [],
    intents: [],
    dispatch: [],
  });
}

/** A sweep that passes over kinds. */
const sweeping = (sound: Persistence, without: readonly string[]): Persistence => ({
  ...sound,
  sweep: async (request) => {
    const report = await sound.sweep(request);
    return { ...report, items: report.items.filter(({ kind }) => !without.includes(kind)) };
  },
});

function lookingOnce(sound: Persistence): Persistence {
  let looked = false;
  return {
    ...sound,
    sweep: async (request) => {
      const looks = request.kinds.includes("sessionExpired");
      const report = await sound.sweep(request);
      const items = report.items.filter(({ kind }) => !looked || kind !== "sessionExpired");
      looked ||= looks;
      return { ...report, items };
    },
  };
}
