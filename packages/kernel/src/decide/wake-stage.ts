import { stageKeyOf } from "../state/ids.ts";
import type { StageFacts } from "../state/stage.ts";
import type { EpochMs } from "../state/time.ts";
import { fromDbNow } from "../state/time.ts";
import { type Decision, draft, SETTLED, stageGuard, updateStage } from "./draft.ts";

/** Makes a due suspended stage ready, for hosts that wait for a job instead of claiming. */
export function decideWakeStage(
  stage: StageFacts,
  { commitId, dbNow }: { readonly commitId: string; readonly dbNow: EpochMs },
): Decision {
  if (stage.status !== "suspended" || stage.held) return SETTLED;
  if (stage.wakeAt === null || stage.wakeAt > dbNow) return SETTLED;
  const key = stageKeyOf(stage);
  return draft({
    commitId,
    guards: [stageGuard(key, stage.fence, "suspended")],
    writes: [updateStage(key, { status: "ready", availableAt: fromDbNow(), wakeAt: null })],
  });
}
