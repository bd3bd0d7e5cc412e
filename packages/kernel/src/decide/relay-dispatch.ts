import type { StageKey } from "../state/ids.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { CommitPlan } from "../state/plan.ts";
import { fromDbNow, type TimeValue } from "../state/time.ts";
import { draft } from "./draft.ts";

const BACKOFF_MS = 2_000;
const BACKOFF_MS_MAX = 600_000;

/** When a row that could not be sent is tried again: later each time, and never all at once. */
export const sendAgainAt = (tries: number, random: number): TimeValue =>
  fromDbNow(Math.round(Math.min(BACKOFF_MS * 2 ** tries, BACKOFF_MS_MAX) * (0.5 + random / 2)));

/** Hides a dispatch row from relays until an instant; refused when it is gone. */
export const decidePostponeDispatch = (
  row: StageKey,
  { commitId, visibleAt }: { readonly commitId: string; readonly visibleAt: TimeValue },
): CommitPlan =>
  draft({
    commitId,
    writes: [{ op: "update", table: "dispatch", key: stageKeyOf(row), set: { visibleAt } }],
  });
