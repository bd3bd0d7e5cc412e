import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Names of files may hold anything; nothing in them may steer the terminal. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(
    /\p{Cc}|\p{Cs}|[\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu,
    "\uFFFD",
  );
}

/** The text in at most `columns` columns, with an ellipsis where something is missing. */
export function fitted(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let width = 0;
  let shown = "";
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    shown += segment;
  }
  return columns < 1 ? "" : `${shown}…`;
}

/** The text with spaces behind it until it fills `columns`. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - stringWidth(text)));
}

/** Columns that a text takes. */
export const widthOf = (text: string): number => stringWidth(text);
