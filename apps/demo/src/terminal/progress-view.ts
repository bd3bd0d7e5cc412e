import { harmless } from "./fit.ts";
import { frameOf } from "./frame.ts";
import { type Paint, paintWith } from "./paint.ts";
import { changesBetween, endLine, stamp } from "./plain-lines.ts";
import type {
  ProgressState,
  ProgressSummary,
  ProgressView,
  ProgressViewOptions,
} from "./progress-state.ts";

const ESCAPE = "\u001B[";
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
const ERASE_LINE_END = `${ESCAPE}K`;
const ERASE_BELOW = `${ESCAPE}J`;

/**
 * A picture that is redrawn in place on a terminal, and lines with a time elsewhere. Colours
 * follow no-color.org: NO_COLOR set and not empty means none.
 */
export function createProgressView(options: ProgressViewOptions): ProgressView {
  const env = options.env ?? process.env;
  if (!options.isTty || env.TERM === "dumb") return lineView(options);
  return pictureView(options, paintWith(!env.NO_COLOR));
}

function pictureView(options: ProgressViewOptions, paint: Paint): ProgressView {
  const { stream, columns, rows = 24 } = options;
  let drawn = 0;
  let hidden = false;
  const draw = (lines: readonly string[]): void => {
    const back = drawn > 0 ? `${ESCAPE}${drawn}A\r` : "";
    const cursor = hidden ? "" : HIDE_CURSOR;
    hidden = true;
    const picture = lines.map((line) => `${line}${ERASE_LINE_END}\n`).join("");
    stream.write(`${cursor}${back}${picture}${ERASE_BELOW}`);
    drawn = lines.length;
  };
  const close = (): void => {
    if (hidden) stream.write(SHOW_CURSOR);
    hidden = false;
    drawn = 0;
  };
  return {
    update: (state) =>
      draw(frameOf(state, { columns: sizeOf(columns), rows: sizeOf(rows) }, paint)),
    finish: (summary) => {
      const good = summary.status === "completed";
      const end = endLine(summary.status, summary.elapsedMs, summary.files.length);
      const sign = good ? paint("green", "✔") : paint("red", "✖");
      stream.write(`\n${sign} ${paint("bold", end)}\n`);
      for (const line of summary.lines) stream.write(`  ${harmless(line)}\n`);
      for (const file of summary.files) stream.write(`  ${paint("cyan", harmless(file))}\n`);
      close();
    },
    close,
  };
}

function lineView({ stream }: ProgressViewOptions): ProgressView {
  let last: ProgressState | undefined;
  return {
    update: (state) => {
      for (const line of changesBetween(last, state)) stream.write(`${line}\n`);
      last = state;
    },
    finish: (summary: ProgressSummary) => {
      const time = stamp(summary.elapsedMs);
      const end = endLine(summary.status, summary.elapsedMs, summary.files.length);
      const lines = [`run ${summary.runId} ${end}`, ...summary.lines, ...summary.files];
      for (const line of lines) stream.write(`[${time}] ${harmless(line)}\n`);
    },
    close: () => undefined,
  };
}

const sizeOf = (size: number | (() => number)): number =>
  typeof size === "function" ? size() : size;
