import type { CommitPlan, CommitResult, Guard, Persistence, Refusal } from "@pawl/kernel/ports";
import type { Effect } from "./port-call.ts";
import type { VirtualProcess } from "./virtual-process.ts";

interface Details<T> extends Partial<Pick<Effect<T>, "plans" | "refuse" | "runPart" | "beat">> {
  readonly writes?: boolean;
}

/** The shared database, as this process reaches it. */
export function virtualPersistence(
  process: VirtualProcess,
  inner: Persistence,
  commitLanes: number = inner.capabilities.commitLanes,
): Persistence {
  const call = <T>(method: string, run: () => Promise<T>, more: Details<T> = {}): Promise<T> =>
    process.call({ port: "database", method, run, writes: false, plans: [], ...more });
  const write = { writes: true };
  const written = new Set<string>();
  const commit = async (plan: CommitPlan): Promise<CommitResult> => {
    const result = await inner.commit(plan);
    if (result.ok) written.add(plan.commitId);
    return result;
  };
  const commitMany = async (plans: readonly CommitPlan[]): Promise<readonly CommitResult[]> => {
    const results = await inner.commitMany(plans);
    for (const [i, plan] of plans.entries()) if (results[i]?.ok) written.add(plan.commitId);
    return results;
  };
  // What was written before, and its answer lost, is never stale: the store recognises it.
  const refuse = (plan: CommitPlan, why: "busy" | "stale"): Promise<CommitResult> =>
    why === "stale" && written.has(plan.commitId) ? commit(plan) : refusal(inner, plan, why);
  return {
    capabilities: { ...inner.capabilities, commitLanes },
    query: {
      get: (table, key) => call("get", () => inner.query.get(table, key)),
      find: (find) => call("find", () => inner.query.find(find)),
      count: (table, where, max) => call("count", () => inner.query.count(table, where, max)),
    },
    load: (runId, need) => call("load", () => inner.load(runId, need)),
    commit: (plan) =>
      call<CommitResult>("commit", () => commit(plan), {
        ...write,
        plans: [plan],
        refuse: (why) => refuse(plan, why),
      }),
    commitMany: (plans) =>
      call<readonly CommitResult[]>("commitMany", () => commitMany(plans), {
        ...write,
        plans,
        refuse: (why) => Promise.all(plans.map((plan) => refuse(plan, why))),
        runPart: () => commitMany(plans.slice(0, Math.ceil(plans.length / 2))),
      }),
    claim: (request) =>
      call("claim", () => inner.claim(request), { ...write, refuse: async () => [] }),
    memoPage: (stage, after, bounds) =>
      call("memoPage", () => inner.memoPage(stage, after, bounds)),
    heartbeat: (session, beat) =>
      call("heartbeat", () => inner.heartbeat(session, beat), {
        ...write,
        beat: { session: session.id, ttlMs: beat.ttlMs },
      }),
    sweep: (request) => call("sweep", () => inner.sweep(request)),
    takeIntents: (request) =>
      call("takeIntents", () => inner.takeIntents(request), { ...write, refuse: async () => [] }),
    ackIntents: (ids) => call("ackIntents", () => inner.ackIntents(ids), write),
    takeDispatch: (request) =>
      call("takeDispatch", () => inner.takeDispatch(request), { ...write, refuse: async () => [] }),
    ackDispatch: (keys) => call("ackDispatch", () => inner.ackDispatch(keys), write),
    close: async () => {},
  };
}

const NEED = { stages: "current", waits: true, signals: true } as const;

/**
 * How a plan is refused that is told to be busy or stale: as its first guard would. What guards
 * nothing that could have moved can't be stale and goes through.
 */
async function refusal(
  inner: Persistence,
  plan: CommitPlan,
  told: "busy" | "stale",
): Promise<CommitResult> {
  const owner = plan.guards.find(({ kind }) => kind !== "absent" && kind !== "notCondemned")?.kind;
  if (owner === undefined && told === "stale") return inner.commit(plan);
  const stale: Refusal = owner === "stage" || owner === "session" ? "fence" : "rev";
  const runId = plan.guards.map(runOf).find((id) => id !== undefined);
  const snapshot = runId === undefined ? undefined : await inner.load(runId, NEED);
  const { dbNow } = await inner.sweep({ namespace: "default", kinds: [], limit: 1 });
  const why = told === "busy" ? "busy" : stale;
  return { ok: false, why, dbNow, ...(snapshot ? { snapshot } : {}) };
}

function runOf(guard: Guard): string | undefined {
  if (guard.kind === "rev" || guard.kind === "live") return guard.runId;
  return guard.kind === "stage" ? guard.key.runId : undefined;
}
