import type { CommitPlan, Write } from "../state/plan.ts";
import { isTerminalRun, isUndelivered, type RunFacts } from "../state/run.ts";
import { TABLES_OF_RUN } from "../state/table-specs.ts";
import { audit, type Operator } from "./audit.ts";
import { draft, type Rejection, reject } from "./draft.ts";

export interface DeleteRun extends Operator {
  readonly verb: "delete" | "purge";
  /** Dead letters about the run: without it they speak of nothing. */
  readonly letterIds: readonly string[];
  /** Also what the event sink has not seen. */
  readonly force: boolean;
}

/** Removes an ended run with everything that belongs to it and its idempotency key. */
export function decideDeleteRun(run: RunFacts, remove: DeleteRun): CommitPlan | Rejection {
  const refusal = refusalOf(run, remove);
  if (refusal) return refusal;
  return draft({
    commitId: remove.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [
      ...TABLES_OF_RUN.map(
        (table) => ({ op: "delete", table, key: { runId: run.id } }) as unknown as Write,
      ),
      ...deleteLetters(remove),
      ...forgetKey(run),
      { op: "delete", table: "runs", key: { id: run.id } },
      audit(run, remove.verb, remove),
    ],
  });
}

/** Why a run must stay: it lives, or its events would be lost to the event sink. */
function refusalOf(run: RunFacts, { force }: Pick<DeleteRun, "force">): Rejection | undefined {
  if (!isTerminalRun(run.status)) {
    return reject(
      "live",
      `Run ${run.id} is ${run.status}; cancel or terminate it first, or delete it with force.`,
    );
  }
  if (force || !isUndelivered(run)) return undefined;
  return reject(
    "state",
    `The event sink has seen ${run.sinkRev} of the ${run.rev} events of run ${run.id}. Deliver ` +
      "them with outbox.flush in a process that has the sink, or delete the run with force.",
  );
}

/** Removes dead letters of an ended run that is about to be removed. */
export const decideDeleteLetters = (run: RunFacts, remove: DeleteRun): CommitPlan =>
  draft({
    commitId: remove.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: deleteLetters(remove),
  });

const deleteLetters = ({ letterIds }: DeleteRun): Write[] =>
  letterIds.map((id): Write => ({ op: "delete", table: "deadLetters", key: { id } }));

const forgetKey = (run: RunFacts): Write[] =>
  run.idempotencyKey === null
    ? []
    : [
        {
          op: "delete",
          table: "idempotency",
          key: { namespace: run.namespace, scope: run.workflowId, key: run.idempotencyKey },
        },
      ];
