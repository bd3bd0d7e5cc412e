import type { CommitPlan } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import { inKernel, onPlans, withoutGuards } from "./tampering.ts";

const startsRun = ({ writes }: CommitPlan): boolean =>
  writes.some((write) => write.op === "insert" && write.table === "runs");

/** Runs that begin with their start, and workers that stop in order. */
export const START_BUGS: readonly SimulatedBug[] = [
  {
    name: "a drain waits for nothing",
    source: "sin",
    plant: () => ({ hostOptions: { drainTimeoutMs: 0 } }),
  },
  {
    name: "a run begins under a session that is gone",
    source: "sin",
    plant: inKernel(onPlans(withoutGuards(["session"], startsRun))),
  },
  {
    name: "a slot that was given back stays taken",
    source: "sin",
    plant: () => ({
      wrapKernel: (sound) => ({
        ...sound,
        offerStartSlots: (source) =>
          sound.offerStartSlots((queue) => {
            const slot = source(queue);
            return slot && { ...slot, giveBack: () => {} };
          }),
      }),
    }),
  },
];
