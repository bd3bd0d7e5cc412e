import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { audit, type Operator } from "./audit.ts";
import { type Decision, draft, reject, SETTLED } from "./draft.ts";
import { endRun } from "./end-run.ts";

export interface CancelRun extends Operator {
  readonly verb: "cancel" | "terminate";
}

/** Cancels a live run. Cancelling a cancelled one changes nothing; an ended one is refused. */
export function decideCancelRun({ run }: Pick<Snapshot, "run">, cancel: CancelRun): Decision {
  if (run.status === "cancelled") return SETTLED;
  if (isTerminalRun(run.status)) {
    return reject("terminal", `Run ${run.id} has ended as ${run.status}; it can't be cancelled.`);
  }
  const { actor, reason } = cancel;
  const { writes, event } = endRun(run, { outcome: "cancelled", actor, reason }, { open: true });
  return draft({
    commitId: cancel.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [...writes, audit(run, cancel.verb, cancel)],
    events: [event],
  });
}
