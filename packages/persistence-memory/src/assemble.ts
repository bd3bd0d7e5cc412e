import type { CommitPlan, CommitResult, Persistence } from "@pawl/kernel/ports";
import { memoryBell } from "./bell.ts";
import { callsWith } from "./calls.ts";
import { type Faults, staleRefusal } from "./faults.ts";
import type { Handle } from "./handle.ts";
import { memoPage } from "./memo.ts";
import { createMemoryStore, type Dump, dumpTables, type MemoryStore } from "./memory-store.ts";
import type { Parts } from "./parts.ts";
import { queriesOf } from "./queries.ts";
import { sweepTables } from "./sweep.ts";
import { queueMethods, sessionMethods } from "./worker-methods.ts";

export interface MemoryPersistence extends Persistence {
  /** Every row as it stands, for tests and simulations; not a call, so no fault hits it. */
  dump(): Dump;
}

export interface MemoryPersistenceOptions {
  /** Database time; the machine's when absent. */
  readonly clock?: { now(): number };
  /** Asked at every call what that call shall suffer. */
  readonly faults?: Faults;
  /** Rows to share with other handles; a store of its own when absent. */
  readonly store?: MemoryStore;
  /** Handles of one store tell each other of work, as processes on some databases do. */
  readonly notify?: boolean;
}

/** An adapter out of its pieces. */
export function assemble(parts: Parts, options: MemoryPersistenceOptions = {}): MemoryPersistence {
  const { tables, hearing } = options.store ?? createMemoryStore();
  const { clock = { now: Date.now }, notify = false } = options;
  const bell = memoryBell(hearing);
  const calls = callsWith(options.faults);
  const handle: Handle = { parts, tables, calls, now: () => clock.now() };
  return {
    capabilities: {
      atomic: true,
      interactiveTransactions: false,
      notify,
      skipLocked: false,
      commitLanes: 1,
      maxRowBytes: Number.MAX_SAFE_INTEGER,
      maxParams: Number.MAX_SAFE_INTEGER,
    },
    query: queriesOf(handle),
    ...(notify ? { workBell: bell } : {}),
    ...planMethods(handle),
    ...readMethods(handle),
    ...sessionMethods(handle),
    ...queueMethods(handle),
    close: async () => {
      bell.close();
      calls.close();
    },
    dump: () => dumpTables(tables),
  };
}

function planMethods({
  parts,
  tables,
  calls,
  now,
}: Handle): Pick<Persistence, "commit" | "commitMany"> {
  const make = (method: string, plan: CommitPlan): Promise<CommitResult> =>
    calls.make({
      method,
      plan,
      tick: () => parts.ticks.commit(parts.commit, tables, { plan, dbNow: now() }),
      refusal: (fault) => {
        const why = fault === "busy" ? "busy" : staleRefusal(plan);
        return parts.commit.refusal(parts.commit.load, tables, { plan, dbNow: now(), why });
      },
    });
  return {
    commit: (plan) => make("commit", plan),
    commitMany: async (plans) => {
      const outcomes = [];
      for (const plan of plans) outcomes.push(await settled(make("commitMany", plan)));
      return outcomes.map((outcome) => {
        if ("error" in outcome) throw outcome.error;
        return outcome.result;
      });
    },
  };
}

type Settled = { readonly result: CommitResult } | { readonly error: unknown };

/** A lost answer in a batch must not keep the plans after it from being tried. */
const settled = (outcome: Promise<CommitResult>): Promise<Settled> =>
  outcome.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );

const readMethods = ({
  parts,
  tables,
  calls,
  now,
}: Handle): Pick<Persistence, "load" | "memoPage" | "sweep"> => ({
  load: (runId, need) =>
    calls.make({
      method: "load",
      tick: () => parts.ticks.load(parts.load, tables, { runId, need, dbNow: now() }),
    }),
  memoPage: (stage, afterSeq, bounds) =>
    calls.make({
      method: "memoPage",
      tick: () => memoPage(parts.memo, tables, { stage, afterSeq, bounds }),
    }),
  sweep: (request) =>
    calls.make({
      method: "sweep",
      tick: () => sweepTables(parts.sweep, tables, { request, dbNow: now() }),
    }),
});
