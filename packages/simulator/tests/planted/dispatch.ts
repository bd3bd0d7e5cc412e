import type { Persistence } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import { inKernel, inStore, onPlans, withoutWrites } from "./tampering.ts";

/** No sweep finds what was not dispatched lately. */
const withoutRedispatch = (sound: Persistence): Persistence => ({
  ...sound,
  sweep: async (request) => {
    const report = await sound.sweep(request);
    return { ...report, items: report.items.filter(({ kind }) => kind !== "undispatched") };
  },
});

/** The way of a job from its commit to a transport that delivers. */
export const DISPATCH_BUGS: readonly SimulatedBug[] = [
  {
    name: "a stage becomes claimable in one commit and is dispatched by none",
    source: "sin",
    plant: inKernel(onPlans((plan) => ({ ...plan, dispatch: [] }))),
  },
  {
    name: "only starts are dispatched, what follows in a run is not",
    source: "sin",
    plant: inKernel(
      onPlans((plan) =>
        plan.writes.some((write) => write.op === "insert" && write.table === "runs")
          ? plan
          : { ...plan, dispatch: [] },
      ),
    ),
  },
  {
    name: "a job is dispatched once: one that the queue loses is lost",
    source: 5,
    plant: inStore(withoutRedispatch),
  },
  {
    name: "a run that ends leaves its dispatch rows",
    source: "sin",
    plant: inKernel(
      onPlans(withoutWrites((write) => write.op === "delete" && write.table === "dispatch")),
    ),
  },
];
