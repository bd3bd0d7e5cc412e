import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import type { StageFacts } from "../state/stage.ts";
import { type Decision, draft, SETTLED } from "./draft.ts";
import { endRun, type RunEnding } from "./end-run.ts";

/** Ends a run whose time limit passed: failed after `deadline`, cancelled if never started. */
export function decideExpireRun(snapshot: Snapshot, { commitId }: { commitId: string }): Decision {
  const { run } = snapshot;
  const ending = isTerminalRun(run.status) ? undefined : expiry(snapshot);
  if (!ending) return SETTLED;
  const { writes, event } = endRun(snapshot, ending);
  return draft({
    commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }, ...stillUnstarted(snapshot, ending)],
    writes,
    events: [event],
  });
}

function expiry({ run, stages, dbNow }: Snapshot): RunEnding | undefined {
  if (run.deadline !== null && run.deadline <= dbNow) {
    const message = `Run ${run.id} did not end within its time limit.`;
    return {
      outcome: "failed",
      failure: { name: "RunTimeoutError", code: "E_RUN_TIMEOUT", message, permanent: true },
    };
  }
  const late = stages.find((stage) => isUnstarted(stage) && isPast(stage.startDeadline, dbNow));
  if (!late) return undefined;
  return {
    outcome: "cancelled",
    actor: "engine",
    reason: `E_START_EXPIRED: stage "${late.stageId}" was not started by its deadline`,
  };
}

/** A claim raises no rev, so the stages read as unstarted are guarded by their fences. */
const stillUnstarted = ({ stages }: Snapshot, { outcome }: RunEnding) =>
  outcome === "cancelled"
    ? stages.filter(isUnstarted).map((stage) => ({
        kind: "stage" as const,
        key: {
          runId: stage.runId,
          stageId: stage.stageId,
          mapIndex: stage.mapIndex,
          generation: stage.generation,
        },
        fence: stage.fence,
        status: stage.status,
      }))
    : [];

const isUnstarted = (stage: StageFacts): boolean =>
  stage.startedAt === null && (stage.status === "ready" || stage.status === "blocked");

const isPast = (instant: number | null, now: number): boolean => instant !== null && instant <= now;
