import type { StageFacts, StepRow, WorkerRow } from "@pawl/kernel/ports";
import { DOCUMENT_STEPS } from "../analyse/analyse-document.ts";
import type { JournalLine } from "../evidence/journal.ts";
import type { ProgressStage, ProgressState, ProgressWorker } from "../terminal/progress-state.ts";
import { dealt, PARTS, STAGE_IDS } from "../workflow/stage-names.ts";

/** How many steps each stage will have, when so many documents are found. */
export function expectedSteps(documents: number): ReadonlyMap<string, number> {
  const all = Array.from({ length: documents });
  const parts = PARTS.map((part): [string, number] => [
    `analyse-${part}`,
    dealt(all, part).length * DOCUMENT_STEPS.length,
  ]);
  return new Map([["collect", 1], ...parts, ["compare", 1], ["pause", 1], ["report", 3]]);
}

export interface Look {
  readonly runId: string;
  readonly elapsedMs: number;
  readonly expected: ReadonlyMap<string, number>;
  readonly stages: readonly StageFacts[];
  readonly steps: readonly StepRow[];
  readonly journal: readonly JournalLine[];
  readonly workers: readonly { readonly pid: number; readonly alive: boolean }[];
  /** What the engine knows of its workers. */
  readonly sessions: readonly WorkerRow[];
  readonly note: string | undefined;
}

/** What is shown of a run at one moment. */
export function progressOf(look: Look): ProgressState {
  const { runId, elapsedMs, stages, steps, workers, note } = look;
  const alive = new Set(workers.filter((worker) => worker.alive).map(({ pid }) => pid));
  const busy = bodiesUnderWay(look.journal).filter(({ pid }) => alive.has(pid));
  const fences = new Map(stages.map(({ stageId, fence }) => [stageId, fence]));
  return {
    runId,
    elapsedMs,
    stages: STAGE_IDS.map((id) => stageProgress(id, look, busy)),
    stepsRecorded: steps.length,
    stepsReplayed: steps.filter(({ stageId, fence }) => fence < (fences.get(stageId) ?? 0)).length,
    workers: workers.map((worker) => workerProgress(worker, look)),
    ...(note === undefined ? {} : { note }),
  };
}

function stageProgress(
  id: string,
  { stages, steps, expected }: Look,
  busy: readonly JournalLine[],
): ProgressStage {
  const status = stages.find(({ stageId }) => stageId === id)?.status ?? "blocked";
  const done = steps.filter(({ stageId }) => stageId === id).length;
  const total = status === "completed" ? done : (expected.get(id) ?? 0);
  const running = busy.filter(({ step }) => step.split("/")[1] === id).length;
  return { id, status, done, total, running };
}

function workerProgress(
  { pid, alive }: Look["workers"][number],
  { stages, sessions, journal }: Look,
): ProgressWorker {
  const own = new Set(sessions.filter((session) => session.pid === pid).map(({ id }) => id));
  const held = stages.filter(({ session }) => session !== null && own.has(session));
  const joined = journal.some((line) => line.did === "joined" && line.pid === pid);
  const current = joined ? held.map(({ stageId }) => stageId).join(", ") : "starting";
  return { pid, alive, current };
}

/** Bodies that were entered and not left. */
function bodiesUnderWay(journal: readonly JournalLine[]): readonly JournalLine[] {
  const open = new Map<string, JournalLine>();
  for (const line of journal) {
    const body = `${line.pid} ${line.step}`;
    if (line.did === "entered") open.set(body, line);
    else open.delete(body);
  }
  return [...open.values()];
}
