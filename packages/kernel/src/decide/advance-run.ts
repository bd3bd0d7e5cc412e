import type { Graph } from "../define/graph.ts";
import type { Failure } from "../state/failure.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { Guard, Write } from "../state/plan.ts";
import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { type Decision, draft, newEvent, SETTLED } from "./draft.ts";
import { endRun, firstFailure } from "./end-run.ts";
import { someLeftOpen } from "./finish-stage.ts";
import { advance } from "./next-stages.ts";

export interface AdvanceRun {
  readonly commitId: string;
  readonly graph: Graph;
  readonly refused: ReadonlySet<string>;
  readonly runOutput: PackedPayload | null;
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
  readonly ageingMs: number;
  /** User code about the end of branches is at fault: the run fails. */
  readonly invalid?: Failure | undefined;
}

/** Re-drives a run from its rows: opens what its dependencies allow, or ends it. Idempotent. */
export function decideAdvanceRun(snapshot: Snapshot, input: AdvanceRun): Decision {
  const { run, stages } = snapshot;
  if (isTerminalRun(run.status) || run.status === "pending" || run.status === "closing") {
    return SETTLED;
  }
  if (input.invalid) {
    const ending = { outcome: "failed", failure: input.invalid } as const;
    const { writes, event } = endRun(run, ending, { open: someLeftOpen(stages, []) });
    return draft({
      commitId: input.commitId,
      guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
      writes,
      events: [event],
    });
  }
  const statusOf = (id: string) => stages.find((stage) => stage.stageId === id)?.status;
  const next = advance({ ...input, run, stages, statusOf });
  if (next.writes.length === 0 && !next.outcome) return SETTLED;
  const failure = firstFailure(stages);
  const end = next.outcome
    ? endRun(
        run,
        next.outcome === "completed"
          ? { outcome: "completed", output: input.runOutput }
          : { outcome: "failed", failure },
        { open: someLeftOpen(stages, next.skips), besides: next.writes },
      )
    : undefined;
  const skipped = next.skips.length > 0 || next.opens.length > 0;
  return draft({
    commitId: input.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }, ...input.riderGuards],
    writes: [...next.writes, ...(end?.writes ?? []), ...input.riders],
    events: [
      ...(skipped
        ? [
            newEvent({
              runId: run.id,
              type: "stage.released",
              data: { opens: next.opens, skips: next.skips },
            }),
          ]
        : []),
      ...(end ? [end.event] : []),
    ],
  });
}
