import { UNSHOWABLE } from "./markup.ts";

/**
 * Text as Markdown that shows it: no markup, HTML or end of a table's cell comes of it, and no
 * link but a web address that is written out. Line breaks become spaces.
 */
export function markdownText(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, "\\$&")
    .replace(/^(\s*)([-+])/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])/, "$1\\$2");
}

/** Text as inline code, whatever back-ticks it holds. */
export function markdownCode(text: string): string {
  const shown = oneLine(text).replaceAll("|", "\\|");
  if (shown === "") return "";
  const longest = (shown.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(longest + 1);
  const padded = /^`|`$/.test(shown) ? ` ${shown} ` : shown;
  return `${fence}${padded}${fence}`;
}

const oneLine = (text: string): string =>
  text.replace(UNSHOWABLE, "\uFFFD").replace(/\s+/gu, " ").trim();

export interface MarkdownTable {
  readonly head: readonly string[];
  /** Cells are Markdown already. */
  readonly rows: readonly (readonly string[])[];
  /** Numbers of the columns that hold figures. */
  readonly figures?: readonly number[];
}

/** A table of GitHub's dialect. */
export function markdownTable({ head, rows, figures = [] }: MarkdownTable): string {
  const rule = head.map((_, at) => (figures.includes(at) ? "---:" : "---"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
