import type { Snapshot } from "../state/snapshot.ts";
import { OPEN_STAGE_STATUSES } from "../state/stage.ts";
import { audit, type Operator } from "./audit.ts";
import { type Decision, draft, newEvent, reject, SETTLED } from "./draft.ts";

/** Holds every open stage in one commit. What runs finishes its step and starts nothing more. */
export function decidePauseRun({ run }: Pick<Snapshot, "run">, pause: Operator): Decision {
  if (run.status === "paused") return SETTLED;
  if (run.status !== "running") {
    return reject(
      run.endedAt === null ? "state" : "terminal",
      `Run ${run.id} is ${run.status}; only a running run can be paused.`,
    );
  }
  return draft({
    commitId: pause.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [
      { op: "update", table: "runs", key: { id: run.id }, set: { status: "paused" } },
      {
        op: "updateStages",
        runId: run.id,
        where: { status: OPEN_STAGE_STATUSES, held: false },
        set: { held: true, holdReason: "paused" },
      },
      audit(run, "pause", pause),
    ],
    events: [
      newEvent({
        runId: run.id,
        type: "run.paused",
        actor: pause.actor,
        data: pause.reason ? { reason: pause.reason } : {},
      }),
    ],
  });
}
