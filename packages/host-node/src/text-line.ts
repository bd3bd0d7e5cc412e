import { stripVTControlCharacters } from "node:util";

const SHOWN_MAX = 300;

/** A line of a log for people: `warn: a heartbeat failed (workerId: w1, error: Error: no)`. */
export function textLine(level: string, message: string, facts: object): string {
  const named = Object.entries(facts)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${shown(value)}`);
  const more = named.length > 0 ? ` (${named.join(", ")})` : "";
  return harmless(`${level}: ${message}${more}`);
}

/** Of errors and stored failures name and message: whoever wants more takes JSON. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { name, message } = value as { name?: unknown; message?: unknown };
  if (typeof message === "string") return `${name ?? "Error"}: ${message}`;
  const text = JSON.stringify(value) ?? "";
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** On one line, and without what would steer the terminal. */
const harmless = (text: string): string =>
  stripVTControlCharacters(text).replace(/\p{Cc}|[\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ");
