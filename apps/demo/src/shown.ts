const BYTE_UNITS = ["bytes", "KB", "MB", "GB"];
const counts = new Intl.NumberFormat("en");

/** A size for people: 999 bytes, 1.5 KB, 20 MB (units of 1024). */
export function shownBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** A duration for people: 840 ms, 3.2 s, 2 m 05 s, 1 h 02 m. */
export function shownDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60) return `${minutes} m ${twoDigits(rest)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** A whole number with its thousands apart: 12,345. */
export const shownCount = (value: number): string => counts.format(Math.round(value));

/** A number with its noun: "1 document", "12 documents". */
export const counted = (count: number, noun: string, plural: string = `${noun}s`): string =>
  `${shownCount(count)} ${count === 1 ? noun : plural}`;

/** A text cut to a number of characters, with an ellipsis where something is missing. */
export function clipped(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

/** A path cut in front, where it says least. */
export function clippedPath(path: string, most: number): string {
  const letters = [...path];
  return letters.length > most ? `…${letters.slice(letters.length - most + 1).join("")}` : path;
}
