import type { EventRow } from "../state/event.ts";
import type { Failure } from "../state/failure.ts";
import type { CommitPlan } from "../state/plan.ts";
import { fromDbNow } from "../state/time.ts";
import { draft } from "./draft.ts";

export interface CursorMove {
  readonly runId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The commit's id names the position that it leaves: of two flushers at one position the second
 * is answered as replayed and moves nothing, so the cursor never steps back.
 */
export const decideDelivered = ({ runId, from, to }: CursorMove): CommitPlan =>
  draft({
    commitId: `sink/${runId}/${from}`,
    writes: [{ op: "update", table: "runs", key: { id: runId }, set: { sinkRev: to } }],
  });

export interface Undeliverable {
  readonly from: number;
  readonly namespace: string;
  readonly deadLetterId: string;
  readonly failure: Failure;
}

/** Passes over an event that the sink will not take and leaves it to an operator. */
export function decideUndeliverable(event: EventRow, letter: Undeliverable): CommitPlan {
  const { runId, rev } = event;
  const move = decideDelivered({ runId, from: letter.from, to: rev });
  return draft({
    ...move,
    writes: [
      ...move.writes,
      {
        op: "insert",
        table: "deadLetters",
        row: {
          id: letter.deadLetterId,
          namespace: letter.namespace,
          kind: "event",
          version: 1,
          runId,
          stageId: event.stageId,
          mapIndex: event.mapIndex,
          generation: event.generation,
          rev,
          reason: "undeliverable",
          failure: letter.failure,
          body: null,
          createdAt: fromDbNow(),
          resolvedAt: null,
          resolution: null,
          actor: null,
        },
      },
    ],
  });
}
