import type { CommitPlan } from "../state/plan.ts";
import { fromDbNow } from "../state/time.ts";
import { draft } from "./draft.ts";

export interface RefuseMessage {
  readonly commitId: string;
  readonly id: string;
  readonly namespace: string;
  readonly reason: string;
  readonly body: string;
}

/** Leaves a dead letter about a message that is no job. */
export const decideRefuseMessage = ({ commitId, ...letter }: RefuseMessage): CommitPlan =>
  draft({
    commitId,
    guards: [{ kind: "absent", row: { table: "deadLetters", key: { id: letter.id } } }],
    writes: [
      {
        op: "insert",
        table: "deadLetters",
        row: {
          ...letter,
          kind: "message",
          version: 1,
          runId: null,
          stageId: null,
          mapIndex: null,
          generation: null,
          rev: null,
          failure: null,
          createdAt: fromDbNow(),
          resolvedAt: null,
          resolution: null,
          actor: null,
        },
      },
    ],
  });
