import type { StageRow } from "@pawl/kernel/ports";
import { stageKeyText } from "@pawl/kernel/ports";
import type { RowsOfRun } from "@pawl/persistence-memory";
import type { Complaint } from "./changes.ts";

const isClaimable = ({ status, held, wakeAt }: StageRow): boolean =>
  !held && (status === "ready" || (status === "suspended" && wakeAt !== null));

/** A stage that a commit makes claimable, now or later, has its dispatch row by that commit. */
export function undispatched(
  before: RowsOfRun | undefined,
  { stages, dispatch }: RowsOfRun,
): readonly Complaint[] {
  const claimable = new Set(before?.stages.filter(isClaimable).map(stageKeyText));
  return stages.flatMap((row): Complaint[] => {
    const text = stageKeyText(row);
    if (!isClaimable(row) || claimable.has(text)) return [];
    const asked = dispatch.find((one) => stageKeyText(one) === text);
    const due = (row.status === "suspended" ? row.wakeAt : null) ?? row.availableAt;
    if (asked?.attempt === row.attempt && asked.notBefore <= due) return [];
    const what = asked ? "its dispatch row is of another attempt, or late" : "has no dispatch row";
    return [["dispatch", `${text} may be claimed and ${what}`]];
  });
}
