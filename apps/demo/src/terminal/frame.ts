import { counted, shownDuration } from "../shown.ts";
import { fitted, harmless, padded, widthOf } from "./fit.ts";
import type { Colour, Paint } from "./paint.ts";
import type { ProgressStage, ProgressState, ProgressWorker } from "./progress-state.ts";

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const BAR = 24;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** A part of a line; only its text counts for the width. */
interface Part {
  readonly text: string;
  readonly colour?: Colour;
}

/** The lines of one picture of a run, none wider than the terminal and not more than it has. */
export function frameOf(state: ProgressState, size: FrameSize, paint: Paint): readonly string[] {
  const lines = [
    headLine(state),
    [],
    ...state.stages.map((stage) => stageLine(stage, state)),
    [],
    ...workerLines(state.workers, size.rows - state.stages.length - 6),
    ...(state.note ? [[{ text: `  ${harmless(state.note)}`, colour: "yellow" } as const]] : []),
  ];
  const shown = lines.slice(0, Math.max(1, size.rows - 1));
  return shown.map((parts) => painted(parts, size.columns - 1, paint));
}

function painted(parts: readonly Part[], columns: number, paint: Paint): string {
  let left = columns;
  let line = "";
  for (const { text, colour } of parts) {
    const shown = fitted(text, left);
    left -= widthOf(shown);
    line += colour && shown !== "" ? paint(colour, shown) : shown;
    if (shown !== text) break;
  }
  return line;
}

function headLine(state: ProgressState): readonly Part[] {
  const replayed = state.stepsReplayed > 0 ? `, ${state.stepsReplayed} replayed` : "";
  return [
    { text: harmless(state.runId), colour: "bold" },
    { text: `  ${shownDuration(state.elapsedMs)}  `, colour: "dim" },
    { text: `${counted(state.stepsRecorded, "step")} recorded${replayed}` },
  ];
}

function stageLine(stage: ProgressStage, { elapsedMs, stages }: ProgressState): readonly Part[] {
  const width = stages.reduce((most, { id }) => Math.max(most, id.length), 0);
  const { sign, colour } = signOf(stage.status, elapsedMs);
  const filled =
    stage.total > 0 ? Math.floor((Math.min(stage.done, stage.total) / stage.total) * BAR) : 0;
  const busy = stage.running > 0 ? `, ${stage.running} running` : "";
  const faint = stage.status === "completed" || stage.status === "blocked";
  return [
    { text: `  ${sign} `, colour },
    { text: padded(harmless(stage.id), width + 2) },
    { text: "━".repeat(filled), colour },
    { text: "─".repeat(BAR - filled), colour: "dim" },
    { text: `  ${stage.done}/${stage.total}${busy}`, ...(faint ? { colour: "dim" } : {}) },
    { text: stage.status === "suspended" ? "  waiting" : "", colour: "yellow" },
  ];
}

/** A sign that says the same without its colour. */
function signOf(status: string, elapsedMs: number): { sign: string; colour: Colour } {
  switch (status) {
    case "completed":
      return { sign: "✔", colour: "green" };
    case "failed":
      return { sign: "✖", colour: "red" };
    case "cancelled":
    case "skipped":
      return { sign: "–", colour: "dim" };
    case "suspended":
      return { sign: "⏸", colour: "yellow" };
    case "running": {
      const at = Math.floor(elapsedMs / FRAME_MS) % SPINNER.length;
      return { sign: SPINNER[at] ?? "•", colour: "cyan" };
    }
    default:
      return { sign: "·", colour: "dim" };
  }
}

function workerLines(
  workers: readonly ProgressWorker[],
  room: number,
): readonly (readonly Part[])[] {
  const most = Math.max(1, room);
  if (workers.length <= most) return workers.map(workerLine);
  const shown = workers.slice(0, most - 1);
  const rest = workers.length - shown.length;
  return [...shown.map(workerLine), [{ text: `  and ${counted(rest, "worker")} more` }]];
}

function workerLine({ pid, alive, current }: ProgressWorker): readonly Part[] {
  return [
    alive ? { text: "  ● ", colour: "green" } : { text: "  ✖ ", colour: "red" },
    { text: `worker ${pid}  ` },
    alive ? { text: harmless(current) || "idle", colour: "dim" } : { text: "gone", colour: "red" },
  ];
}
