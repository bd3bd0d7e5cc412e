import { stageKeyOf } from "../state/ids.ts";
import { isTerminalRun, type RunFacts } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import type { StageFacts } from "../state/stage.ts";
import { type Decision, draft, SETTLED, stageGuard } from "./draft.ts";
import { endRun, type RunEnding } from "./end-run.ts";

/**
 * Ends a run whose time limit passed: failed after `deadline`, cancelled if one of the given
 * stages was never started. A claim raises no rev, so that stage is guarded by its fence.
 */
export function decideExpireRun(
  { run, stages, dbNow }: Pick<Snapshot, "run" | "stages" | "dbNow">,
  { commitId }: { commitId: string },
): Decision {
  if (isTerminalRun(run.status) || run.status === "pending") return SETTLED;
  const overdue = isPast(run.deadline, dbNow);
  const late = stages.find((stage) => isUnstarted(stage) && isPast(stage.startDeadline, dbNow));
  if (!overdue && !late) return SETTLED;
  const ending = overdue || !late ? tooLong(run) : neverStarted(late);
  const { writes, event } = endRun(run, ending, { open: true });
  return draft({
    commitId,
    guards: [
      { kind: "rev", runId: run.id, rev: run.rev },
      ...(overdue || !late ? [] : [stageGuard(stageKeyOf(late), late.fence, late.status)]),
    ],
    writes,
    events: [event],
  });
}

const tooLong = (run: RunFacts): RunEnding => ({
  outcome: "failed",
  failure: {
    name: "RunTimeoutError",
    code: "E_RUN_TIMEOUT",
    message: `Run ${run.id} did not end within ${limitOf(run)}; raise it if that was too short.`,
    permanent: true,
  },
});

/** A run that was pending counts from its start, which no column has. */
const limitOf = ({ deadline, startAt, createdAt }: RunFacts): string =>
  startAt === null
    ? `its workflow's runTimeout of ${Number(deadline) - createdAt} ms`
    : "its workflow's runTimeout";

const neverStarted = ({ stageId }: StageFacts): RunEnding => ({
  outcome: "cancelled",
  actor: "engine",
  reason: `E_START_EXPIRED: stage "${stageId}" was not started by its deadline`,
});

const isUnstarted = (stage: StageFacts): boolean =>
  !stage.superseded &&
  stage.startedAt === null &&
  (stage.status === "ready" || stage.status === "blocked");

const isPast = (instant: number | null, now: number): boolean => instant !== null && instant <= now;
