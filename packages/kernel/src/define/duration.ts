import { EngineError } from "../errors/engine-error.ts";

/**
 * Milliseconds as a number, or text of a number and a unit: `"250 ms"`, `"1.5 s"`, `"5 minutes"`,
 * `"1 day"`, `"2 weeks"`. Days are 24 hours.
 */
export type Duration = number | string;

const UNIT_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ms: 1,
    millisecond: 1,
    s: 1_000,
    sec: 1_000,
    second: 1_000,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    h: 3_600_000,
    hour: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
    w: 604_800_000,
    week: 604_800_000,
  }),
);

/** Some 31,000 years: an instant that far ahead is still one. */
const DURATION_MS_MAX = 1e15;

/**
 * @throws EngineError E_ARGUMENT_INVALID when it is negative, too long or not understood
 */
export function toMs(duration: Duration, what: string): number {
  const ms = typeof duration === "number" ? duration : parseDuration(duration);
  if (ms !== undefined && ms >= 0 && ms <= DURATION_MS_MAX) return ms;
  const given = typeof duration === "string" ? JSON.stringify(duration) : String(duration);
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${what} is ${given}, which is no duration. Give milliseconds (0 or more) ` +
      'or text such as "30 s", "5 minutes", "1 day".',
    { details: { what, duration: given } },
  );
}

function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text);
  if (!match) return undefined;
  const name = (match[2] as string).toLowerCase();
  const unit = UNIT_MS.get(name) ?? UNIT_MS.get(name.replace(/s$/, ""));
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
