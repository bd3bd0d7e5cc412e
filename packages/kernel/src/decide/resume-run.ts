import type { Snapshot } from "../state/snapshot.ts";
import { audit, type Operator } from "./audit.ts";
import { type Decision, draft, newEvent, reject, SETTLED } from "./draft.ts";

/** Lets a paused run go on. Holds for other reasons stay. */
export function decideResumeRun({ run }: Pick<Snapshot, "run">, resume: Operator): Decision {
  if (run.status === "running") return SETTLED;
  if (run.status !== "paused") {
    return reject(
      run.endedAt === null ? "state" : "terminal",
      `Run ${run.id} is ${run.status}; only a paused run can be resumed.`,
    );
  }
  return draft({
    commitId: resume.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [
      { op: "update", table: "runs", key: { id: run.id }, set: { status: "running" } },
      {
        op: "updateStages",
        runId: run.id,
        where: { held: true, holdReason: "paused" },
        set: { held: false, holdReason: null },
      },
      audit(run, "resume", resume),
    ],
    events: [newEvent({ runId: run.id, type: "run.resumed", actor: resume.actor })],
  });
}
