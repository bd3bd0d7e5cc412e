import { type CommitPlan, type CommitResult, checkSetWise } from "@pawl/kernel/ports";
import { commitBatch, commitOne } from "./commits.ts";
import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";
import { placesLocked } from "./waves.ts";

/**
 * After a lost connection the same plans are sent again: what was written is recognised by its
 * evidence. A row that is busy then may be held by what was sent before.
 */
export async function commitPlans(
  store: MysqlStore,
  method: "commit" | "commitMany",
  plans: readonly CommitPlan[],
): Promise<readonly CommitResult[]> {
  const { connections, schema, turns } = store;
  for (const plan of plans) checkSetWise(plan);
  const commit = async (session: Session, inDoubt: boolean): Promise<readonly CommitResult[]> => {
    const [first, ...others] = plans;
    if (first === undefined) return [];
    const results =
      others.length === 0
        ? [await commitOne(store, session, first)]
        : await commitBatch(store, session, plans);
    const isBusy = results.some((result) => !result.ok && result.why === "busy");
    if (inDoubt && isBusy) throw connections.stillInDoubt();
    return results;
  };
  const places = placesLocked(schema, plans);
  return turns.take(places, () => connections.use(method, commit));
}
