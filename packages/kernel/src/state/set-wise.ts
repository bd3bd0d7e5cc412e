import { EngineError } from "../errors/engine-error.ts";
import type { StageKey } from "./ids.ts";
import type { CommitPlan, SetWrite, Write } from "./plan.ts";
import { TABLES } from "./table-specs.ts";

export const isSetWrite = (write: Write): write is SetWrite =>
  write.op === "updateStages" || write.op === "closeWaits";

/**
 * Refuses a plan whose set-wise writes could meet another write of its own, or a run that moves.
 * One of each kind at most; the plan guards their run by `rev`; every stage or wait of that run
 * that it writes by key is one that `except` names; `set` holds neither key columns nor `fence`.
 * Adapters call it before they write anything.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function checkSetWise(plan: CommitPlan): void {
  const sets = plan.writes.filter(isSetWrite);
  for (const set of sets) {
    const what = `${set.op} of run ${set.runId}`;
    if (sets.some((other) => other !== set && other.op === set.op)) {
      throw invalid(`a plan carries ${set.op} twice: write all rows by one`);
    }
    if (!plan.guards.some((guard) => guard.kind === "rev" && guard.runId === set.runId)) {
      throw invalid(`${what} needs a guard "rev" of that run in its plan`);
    }
    if (meetsAny(set, plan.writes)) {
      throw invalid(`${what} could meet another write of its plan: name its stage in "except"`);
    }
    if (set.op === "updateStages") checkColumns(what, set.set);
  }
}

const FIXED: readonly string[] = [...TABLES.stages.key, "fence"];

function checkColumns(what: string, set: object): void {
  const fixed = Object.keys(set).filter((column) => FIXED.includes(column));
  if (fixed.length > 0) throw invalid(`${what} can't set ${fixed.join(", ")}; see "raiseFence"`);
}

/** True unless each write is of another run or table, or of a stage that the set leaves out. */
function meetsAny(set: SetWrite, writes: readonly Write[]): boolean {
  const table = set.op === "updateStages" ? "stages" : "waits";
  const left = new Set(set.except?.map(textOf));
  return writes.some((write) => {
    if (isSetWrite(write) || write.table !== table) return false;
    const key = (write.op === "insert" ? write.row : write.key) as StageKey;
    return key.runId === set.runId && !left.has(textOf(key));
  });
}

const textOf = (key: StageKey): string =>
  JSON.stringify([key.runId, key.stageId, key.mapIndex, key.generation]);

const invalid = (message: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `${message}.`);
