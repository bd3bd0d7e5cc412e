import type { StageKey } from "../state/ids.ts";
import { stageKeyText } from "../state/ids.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";

/** A plan on its way, with who waits for it. */
export interface Pending {
  readonly plan: CommitPlan;
  /** Of an execution: whether it still owns the fence that the plan guards. */
  readonly owns?: () => boolean;
  /** Is answered `busy` at once: nobody tries again. */
  readonly once?: boolean;
  /** Undefined: the plan was given up, since its execution owns its fence no more. */
  readonly resolve: (result: CommitResult | undefined) => void;
  readonly reject: (cause: unknown) => void;
}

/** Plans that are written as one, and all who wait for them. */
export interface Merged {
  readonly plan: CommitPlan;
  readonly waiting: readonly Pending[];
}

/**
 * Takes the next batch off the queue: at most `max` plans and one per run. Step plans of one
 * stage become one; a second plan of another kind for the same run waits for the next batch.
 * Plans of an execution keep their order, since what one carries may be the cause of the next:
 * none goes before one that is left, nor while one is tried again, which `insisting` names.
 */
export function takeBatch(
  queue: Pending[],
  max: number,
  insisting: ReadonlySet<string> = new Set(),
): Merged[] {
  const byRun = new Map<string, Merged>();
  const left: Pending[] = [];
  const behind = new Set(insisting);
  for (const pending of queue.splice(0)) {
    const run = runOf(pending.plan);
    const owner = ownerOf(pending);
    const merged = behind.has(owner) ? undefined : joined(byRun, run, { pending, max });
    if (merged) byRun.set(run, merged);
    else {
      left.push(pending);
      behind.add(owner);
    }
  }
  queue.push(...left);
  return [...byRun.values()];
}

function joined(
  byRun: ReadonlyMap<string, Merged>,
  run: string,
  { pending, max }: { readonly pending: Pending; readonly max: number },
): Merged | undefined {
  const present = byRun.get(run);
  if (present) return mergeSteps(present, pending, max);
  return byRun.size < max ? { plan: pending.plan, waiting: [pending] } : undefined;
}

/** The execution whose plan it is; a text of its own for any other. */
export function ownerOf({ plan, owns }: Pending): string {
  const guard = owns && plan.guards.find(({ kind }) => kind === "stage");
  return guard?.kind === "stage" ? ownerText(guard.key, guard.fence) : plan.commitId;
}

/** The run that a plan is about; plans about none never meet. */
export function runOf(plan: CommitPlan): string {
  for (const guard of plan.guards) {
    if (guard.kind === "stage") return guard.key.runId;
    if (guard.kind === "rev" || guard.kind === "live") return guard.runId;
  }
  return plan.events[0]?.runId ?? plan.commitId;
}

function mergeSteps(present: Merged, next: Pending, max: number): Merged | undefined {
  const stage = stepStage(present.plan);
  const other = stepStage(next.plan);
  if (!stage || !other || stage !== other) return undefined;
  if (present.waiting.length >= max) return undefined;
  return {
    plan: { ...present.plan, writes: [...present.plan.writes, ...next.plan.writes] },
    waiting: [...present.waiting, next],
  };
}

/** Owner of a plan that only inserts what a step records; undefined for any other. */
function stepStage(plan: CommitPlan): string | undefined {
  const [guard, ...more] = plan.guards;
  if (guard?.kind !== "stage" || more.length > 0 || plan.events.length > 0) return undefined;
  const inserts = plan.writes.every((write) => write.op === "insert");
  const records = plan.writes[0]?.op === "insert" && plan.writes[0].table === "steps";
  return inserts && records ? ownerText(guard.key, guard.fence) : undefined;
}

const ownerText = (key: StageKey, fence: number): string => `${stageKeyText(key)}@${fence}`;
