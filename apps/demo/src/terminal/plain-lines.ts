import { counted, shownDuration } from "../shown.ts";
import { harmless } from "./fit.ts";
import type { ProgressStage, ProgressState, ProgressWorker } from "./progress-state.ts";

const SHARES = 10;

/**
 * What changed between two states, one line each; nothing when nothing a reader would miss. The
 * note comes first: it says why the rest changed.
 */
export function changesBetween(
  before: ProgressState | undefined,
  now: ProgressState,
): readonly string[] {
  const lines = [
    ...(before ? [] : [`run ${now.runId} started`]),
    ...(now.note && now.note !== before?.note ? [now.note] : []),
    ...now.workers.flatMap((worker) => workerChanges(before, worker)),
    ...now.stages.flatMap((stage) => stageChanges(before, stage)),
  ];
  return lines.map((line) => `[${stamp(now.elapsedMs)}] ${harmless(line)}`);
}

/** Time since the start: 00:03.2. */
export function stamp(elapsedMs: number): string {
  const tenths = Math.floor(elapsedMs / 100);
  const minutes = String(Math.floor(tenths / 600)).padStart(2, "0");
  const seconds = String(Math.floor((tenths % 600) / 10)).padStart(2, "0");
  return `${minutes}:${seconds}.${tenths % 10}`;
}

function workerChanges(before: ProgressState | undefined, now: ProgressWorker): readonly string[] {
  const known = before?.workers.find(({ pid }) => pid === now.pid);
  if (!known) return [`worker ${now.pid} ${now.alive ? "joined" : "is gone"}`];
  return known.alive && !now.alive ? [`worker ${now.pid} is gone`] : [];
}

/** A stage speaks when its status changes and at every tenth of its way. */
function stageChanges(before: ProgressState | undefined, now: ProgressStage): readonly string[] {
  const known = before?.stages.find(({ id }) => id === now.id);
  const moved = known ? shareOf(known) !== shareOf(now) : now.done > 0;
  if (known?.status === now.status && !moved) return [];
  if (!known && now.status === "blocked") return [];
  const count = now.total > 1 ? `  ${now.done}/${now.total}` : "";
  return [`${now.id}  ${now.status}${count}`];
}

const shareOf = ({ done, total }: ProgressStage): number =>
  total > 0 ? Math.floor((done / total) * SHARES) : 0;

/** The last line of a run: how it ended, after how long, with how many files. */
export function endLine(status: string, elapsedMs: number, files: number): string {
  const written = files > 0 ? `, ${counted(files, "file")} written` : "";
  return `${harmless(status)} after ${shownDuration(elapsedMs)}${written}`;
}
