import type { CommitPlan, Snapshot } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import {
  changingWrites,
  hasEvent,
  inKernel,
  inStore,
  inTwoCommits,
  isSetWise,
  onCommits,
  onPlans,
  onResults,
  setOfStage,
  withoutGuards,
  withoutWrites,
} from "./tampering.ts";

const ENDED: readonly string[] = ["completed", "failed", "cancelled"];

/** Commands of people, the graph, and holds. */
export const CONTROL_BUGS: readonly SimulatedBug[] = [
  {
    name: "the key of a start is stored in a commit of its own",
    source: 20,
    plant: inKernel(
      inTwoCommits((plan) => {
        const isKey = isInsertOf("idempotency");
        if (!plan.writes.some(isKey)) return undefined;
        return [
          { writes: plan.writes.filter((write) => !isKey(write)) },
          { writes: plan.writes.filter(isKey), guards: plan.guards },
        ];
      }),
    ),
  },
  {
    name: "a start does not look for its key",
    source: "sin",
    plant: inStore(
      onPlans((plan) => withoutWrites(isInsertOf("idempotency"))(withoutGuards(["absent"])(plan))),
    ),
  },
  {
    name: "a cancel overwrites how a run has ended",
    source: 25,
    plant: inKernel((sound) => ({
      ...onResults((result) =>
        !result.ok && result.snapshot
          ? { ...result, snapshot: seemsLive(result.snapshot) }
          : result,
      )(sound),
      load: async (runId, need) => {
        const snapshot = await sound.load(runId, need);
        return snapshot && seemsLive(snapshot);
      },
    })),
  },
  {
    name: "a run that ends leaves its other stages open",
    source: "sin",
    plant: inStore(
      onPlans(
        withoutWrites((write) => write.op === "updateStages" && write.set.status === "cancelled"),
      ),
    ),
  },
  {
    name: "a pause holds no stage",
    source: "sin",
    plant: inKernel(
      onPlans((plan) =>
        hasEvent(plan, "run.paused")
          ? withoutWrites(({ op }) => op === "updateStages")(plan)
          : plan,
      ),
    ),
  },
  {
    name: "an execution is not told that its stage is held",
    source: "sin",
    plant: inKernel((sound) => ({
      ...onResults((result) => {
        if (!result.ok) return result;
        const { held: _, ...rest } = result;
        return rest;
      })(sound),
      heartbeat: async (session, beat) => {
        const reply = await sound.heartbeat(session, beat);
        return { ...reply, owned: reply.owned.map((stage) => ({ ...stage, held: false })) };
      },
    })),
  },
  {
    name: "a stage is continued with although its run has been paused",
    source: "sin",
    plant: inKernel(
      onPlans(
        withoutGuards(
          ["rev"],
          (plan) =>
            !isSetWise(plan) &&
            plan.writes.some(
              (write) =>
                write.op === "insert" && write.table === "stages" && write.row.status === "running",
            ),
        ),
      ),
    ),
  },
  {
    name: "the end of a branch counts twice for its join",
    source: "sin",
    plant: inKernel(
      onPlans(
        changingWrites((write) => (write.op === "add" ? { ...write, by: 2 * write.by } : write)),
      ),
    ),
  },
  {
    name: "a branch counts again when its answer was lost",
    source: "sin",
    plant: inStore(
      onCommits(async (plan, commit) => {
        const result = await commit(plan);
        const adds = plan.writes.filter(({ op }) => op === "add");
        if (!result.ok || !result.replayed || adds.length === 0) return result;
        const again: CommitPlan = { ...plan, guards: [], events: [], writes: adds };
        await commit({ ...again, commitId: `${plan.commitId}+` });
        return result;
      }),
    ),
  },
  {
    name: "stages that are skipped stay as they were",
    source: "sin",
    plant: inKernel(onPlans(withoutWrites((write) => setOfStage(write)?.status === "skipped"))),
  },
];

const isInsertOf = (table: string) => (write: CommitPlan["writes"][number]) =>
  write.op === "insert" && write.table === table;

const seemsLive = (snapshot: Snapshot): Snapshot =>
  ENDED.includes(snapshot.run.status)
    ? { ...snapshot, run: { ...snapshot.run, status: "running" } }
    : snapshot;
