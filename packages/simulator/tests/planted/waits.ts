import type { Clock, CommitPlan, Persistence, WaitRow } from "@pawl/kernel/ports";
import { isDbInstant } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import {
  changingWrites,
  hasEvent,
  inKernel,
  inStore,
  onClaims,
  onPlans,
  settingStage,
  withoutGuards,
  withoutWrites,
} from "./tampering.ts";

/** What stages wait for, and time. */
export const WAIT_BUGS: readonly SimulatedBug[] = [
  {
    name: "a stage is suspended with nothing that wakes it",
    source: 9,
    plant: inKernel(
      onPlans((plan) =>
        hasEvent(plan, "stage.suspended")
          ? changingWrites((one) => settingStage(one, { wakeAt: null }))(plan)
          : plan,
      ),
    ),
  },
  {
    name: "a long sleep is taken for a stage that is stuck, and its run fails",
    source: 18,
    plant: inStore(impatient),
  },
  {
    name: "the end of a run leaves waits open",
    source: 24,
    plant: inStore(onPlans(withoutWrites(({ op }) => op === "closeWaits"))),
  },
  {
    name: "a cancelled run's waiting stages go on when their time comes",
    source: 24,
    plant: inStore(
      onPlans(
        changingWrites((write) =>
          write.op === "updateStages" && write.set.status === "cancelled"
            ? { ...write, where: { status: ["blocked", "ready", "running"] } }
            : write,
        ),
      ),
    ),
  },
  {
    name: "timers fire early",
    source: "sin",
    plant: inKernel(onClaims((claimed) => ({ ...claimed, dbNow: claimed.dbNow + 2_000 }))),
  },
  {
    name: "a claim takes the clock of its process for the database's",
    source: "sin",
    plant: () => ({
      kernelParts: ({ persistence, clock }) => ({
        persistence: onClaims((claimed) => ({ ...claimed, dbNow: clock.now() }))(persistence),
      }),
    }),
  },
  {
    name: "rows carry the time of the process that wrote them",
    source: "sin",
    plant: () => ({
      kernelParts: ({ persistence, clock }) => ({
        persistence: onPlans((plan) => dated(plan, clock))(persistence),
      }),
    }),
  },
  {
    name: "a wait is resolved by whoever comes, its owner or not",
    source: "sin",
    plant: inKernel(onPlans(withoutGuards(["stage"], resolvesWait))),
  },
  {
    name: "a wait that is resolved is open again in the next execution",
    source: "sin",
    plant: inKernel((sound) => reopening(sound)),
  },
  {
    name: "a claim forgets the waits",
    source: "sin",
    plant: inStore(onClaims((claimed) => ({ ...claimed, openWaits: [] }))),
  },
];

function resolvesWait({ writes }: CommitPlan): boolean {
  return writes.some((write) => write.op === "update" && write.table === "waits" && write.set.seq);
}

/** Runs of which a stage sleeps seem to be past their limit. */
function impatient(sound: Persistence): Persistence {
  return {
    ...sound,
    sweep: async (request) => {
      const report = await sound.sweep(request);
      if (!request.kinds.includes("runDeadline")) return report;
      const stuck = await sound.query.find({
        table: "stages",
        where: { status: "suspended", wakeAt: { gt: report.dbNow + 8_000 } },
        limit: 1,
      });
      const found = stuck.map(({ runId }) => ({
        kind: "runDeadline" as const,
        runId,
        at: report.dbNow,
      }));
      return { ...report, items: [...report.items, ...found] };
    },
    load: async (runId, need) => {
      const snapshot = await sound.load(runId, need);
      const [stuck] = await sound.query.find({
        table: "stages",
        where: { runId, status: "suspended" },
        limit: 1,
      });
      if (!snapshot || !stuck) return snapshot;
      return { ...snapshot, run: { ...snapshot.run, deadline: snapshot.dbNow } };
    },
  };
}

/** Instants relative to database time are made absolute by the process's own clock. */
const dated = (plan: CommitPlan, clock: Clock): CommitPlan =>
  changingWrites((write) => {
    const fixed = (row: object): never =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          isDbInstant(value) ? clock.now() + value.dbNow : value,
        ]),
      ) as never;
    if (write.op === "insert") return { ...write, row: fixed(write.row) };
    if (write.op === "update" || write.op === "updateStages") {
      return { ...write, set: fixed(write.set) };
    }
    return write;
  })(plan);

/** Waits that the memo holds are answered as open too, and not as settled. */
function reopening(sound: Persistence): Persistence {
  return onClaims((claimed) => {
    const settled = claimed.memo.entries.flatMap((entry): WaitRow[] =>
      entry.type === "wait" && entry.wait.kind === "timer"
        ? [{ ...entry.wait, outcome: null, seq: null, resolvedAt: null }]
        : [],
    );
    const entries = claimed.memo.entries.filter(
      (entry) => entry.type !== "wait" || entry.wait.kind !== "timer",
    );
    return {
      ...claimed,
      openWaits: [...claimed.openWaits, ...settled],
      memo: { ...claimed.memo, entries },
    };
  })(sound);
}
