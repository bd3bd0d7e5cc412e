import type { CommitPlan, Guard, Persistence, RunId, Snapshot } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import {
  inKernel,
  inStore,
  inTwoCommits,
  isSetWise,
  onCommits,
  onPlans,
  onResults,
  withoutGuards,
} from "./tampering.ts";

/** What is one change is several, or is made although something forbids it. */
export const COMMIT_BUGS: readonly SimulatedBug[] = [
  {
    name: "rows are written and their events later, by another statement",
    source: 1,
    plant: inKernel(
      inTwoCommits(({ events, writes }) =>
        events.length > 0 && writes.length > 0 ? [{ events: [] }, { events }] : undefined,
      ),
    ),
  },
  {
    name: "an event is written before the change that it tells of",
    source: "sin",
    plant: inKernel(
      inTwoCommits((plan) =>
        plan.events.length > 0 && plan.guards.some(({ kind }) => kind === "live")
          ? [{ writes: [] }, { writes: plan.writes }]
          : undefined,
      ),
    ),
  },
  {
    name: "a refused record is taken for stored",
    source: 7,
    plant: inKernel(
      onResults((result, { events }) =>
        result.ok || result.why === "busy" || events.length > 0
          ? result
          : { ok: true, revs: {}, dbNow: result.dbNow, counters: [] },
      ),
    ),
  },
  {
    name: "a commit that is tried again is another one",
    source: "sin",
    plant: () => {
      const tries = new Map<string, number>();
      return {
        wrapPersistence: onPlans((plan) => {
          const count = (tries.get(plan.commitId) ?? 0) + 1;
          tries.set(plan.commitId, count);
          return count === 1 ? plan : renamed(plan, `${plan.commitId}~${count}`);
        }),
      };
    },
  },
  {
    name: "guards are looked at before the lock is taken",
    source: "sin",
    plant: inKernel(
      onCommits(async (plan, commit, sound) => {
        if (isSetWise(plan)) return commit(plan);
        for (const guard of plan.guards) if (!(await holds(sound, guard))) return commit(plan);
        return commit({ ...plan, guards: [] });
      }),
    ),
  },
  {
    name: "plans in a batch are not guarded as single ones are",
    source: 21,
    plant: inStore((sound) => ({
      ...sound,
      commitMany: (plans) =>
        sound.commitMany(
          plans.map(withoutGuards(["stage", "live", "rev"], (plan) => !isSetWise(plan))),
        ),
    })),
  },
  {
    name: "a batch is answered in another order",
    source: "sin",
    plant: inStore((sound) => ({
      ...sound,
      commitMany: async (plans) => (await sound.commitMany(plans)).toReversed(),
    })),
  },
  {
    name: "after a conflict the decision is made from the old snapshot",
    source: "sin",
    plant: () => {
      const known = new Map<RunId, Snapshot>();
      const old = (fresh: Snapshot): Snapshot => {
        const { run } = known.get(fresh.run.id) ?? fresh;
        const stages = known.get(fresh.run.id)?.stages ?? fresh.stages;
        return { ...fresh, stages, run: { ...run, rev: fresh.run.rev } };
      };
      return {
        wrapPersistence: (sound) => ({
          ...onResults((result) =>
            !result.ok && result.snapshot ? { ...result, snapshot: old(result.snapshot) } : result,
          )(sound),
          load: async (runId, need) => {
            const snapshot = await sound.load(runId, need);
            if (snapshot) known.set(runId, snapshot);
            return snapshot;
          },
        }),
      };
    },
  },
  {
    name: "a store does not look at fences",
    source: "sin",
    plant: inStore(onPlans(withoutGuards(["stage"]))),
  },
  {
    name: "a store does not look at revs",
    source: "sin",
    plant: inStore(onPlans(withoutGuards(["rev"], (plan) => !isSetWise(plan)))),
  },
  {
    name: "a kernel guards no stage",
    source: "sin",
    plant: inKernel(onPlans(withoutGuards(["stage"]))),
  },
];

/** The same plan under another id. */
function renamed(plan: CommitPlan, commitId: string): CommitPlan {
  const writes = plan.writes.map((write) => {
    if (write.op !== "insert") return write;
    if (write.table === "steps") return { ...write, row: { ...write.row, commitId } };
    if (write.table === "attempts") return { ...write, row: { ...write.row, commitId } };
    return write;
  });
  return { ...plan, commitId, writes };
}

async function holds({ query }: Persistence, guard: Guard): Promise<boolean> {
  switch (guard.kind) {
    case "stage": {
      const row = await query.get("stages", guard.key);
      return row?.fence === guard.fence && row.status === guard.status;
    }
    case "rev":
      return (await query.get("runs", { id: guard.runId }))?.rev === guard.rev;
    case "live":
      return (await query.get("runs", { id: guard.runId }))?.endedAt === null;
    case "absent":
      return (await query.get(guard.row.table, guard.row.key as never)) === undefined;
    case "version": {
      const row = await query.get(guard.row.table, guard.row.key as never);
      return (row as { readonly version?: number } | undefined)?.version === guard.version;
    }
    default:
      return true;
  }
}
