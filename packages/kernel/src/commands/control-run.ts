import type { Operator } from "../decide/audit.ts";
import { decideCancelRun } from "../decide/cancel-run.ts";
import type { Decision } from "../decide/draft.ts";
import { decidePauseRun } from "../decide/pause-run.ts";
import { decideResumeRun } from "../decide/resume-run.ts";
import { announceWork } from "../engine/announce-work.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Commands, RunChanged } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { RunStatus } from "../state/run.ts";
import type { Snapshot, SnapshotNeed } from "../state/snapshot.ts";

type ControlType = "run.cancel" | "run.terminate" | "run.pause" | "run.resume";

interface Verb {
  readonly status: RunStatus;
  readonly decide: (snapshot: Snapshot, operator: Operator) => Decision;
}

const VERBS: { readonly [T in ControlType]: Verb } = {
  "run.cancel": {
    status: "cancelled",
    decide: (snapshot, by) => decideCancelRun(snapshot, { ...by, verb: "cancel" }),
  },
  "run.terminate": {
    status: "cancelled",
    decide: (snapshot, by) => decideCancelRun(snapshot, { ...by, verb: "terminate" }),
  },
  "run.pause": { status: "paused", decide: decidePauseRun },
  "run.resume": { status: "running", decide: decideResumeRun },
};

/** Cancels, terminates, pauses or resumes a run. Asking again changes nothing. */
export async function controlRun(
  engine: Engine,
  command: Commands[ControlType][0],
): Promise<RunChanged> {
  const verb = VERBS[command.type];
  const runId = command.workflowRunId;
  const { snapshot, committed } = await changeRun(engine, {
    runId,
    need: needOf(engine, command.type),
    decide: (snapshot) => verb.decide(snapshot, operatorOf(engine, command)),
  });
  if (!committed) return { workflowRunId: runId, status: snapshot.run.status, changed: false };
  stopHere(engine, { runId, status: verb.status });
  return { workflowRunId: runId, status: verb.status, changed: true };
}

/** What a resume sets free is dispatched, where jobs are delivered. */
const needOf = ({ dispatcher }: Engine, type: ControlType): SnapshotNeed =>
  type === "run.resume" && dispatcher.dispatches ? { stages: "current" } : {};

export const operatorOf = (
  engine: Engine,
  command: { readonly actor?: string; readonly reason?: string },
): Operator => ({
  commitId: engine.ids.newId(),
  actor: command.actor ?? "operator",
  reason: command.reason ?? null,
});

/** Executions in this process need not wait for a heartbeat to hear of it. */
export function stopHere(
  engine: Engine,
  { runId, status }: { readonly runId: string; readonly status: RunStatus },
): void {
  for (const session of engine.sessions.values()) {
    for (const execution of session.executions()) {
      if (execution.key.runId !== runId) continue;
      if (status === "cancelled") execution.stop("cancelled");
      if (status === "paused") execution.hold();
    }
  }
  if (status === "cancelled") engine.pokes.send({ type: "runEnded", runId });
  if (status === "running") announceWork(engine);
}
