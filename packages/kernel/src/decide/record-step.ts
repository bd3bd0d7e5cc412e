import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import { draft, stageGuard } from "./draft.ts";

export interface RecordStep {
  readonly commitId: string;
  readonly stage: StageKey;
  readonly fence: number;
  readonly writes: readonly Write[];
  readonly guards: readonly Guard[];
}

/** One fenced commit on the work plane: records, attempts, markers and what rides with them. */
export const decideRecordStep = (record: RecordStep): CommitPlan =>
  draft({
    commitId: record.commitId,
    guards: [stageGuard(record.stage, record.fence, "running"), ...record.guards],
    writes: record.writes,
  });
