import { EngineError } from "../errors/engine-error.ts";

type Kind = "any" | "text" | "number" | "truth" | "function" | "list" | "object" | "schema";

interface Accepted {
  /** Completes "give …". */
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

const KINDS: Readonly<Record<Kind, Accepted>> = {
  any: { wanted: "a value", accepts: () => true },
  text: { wanted: "text", accepts: (value) => typeof value === "string" },
  number: { wanted: "a number", accepts: (value) => typeof value === "number" },
  truth: { wanted: "true or false", accepts: (value) => typeof value === "boolean" },
  function: { wanted: "a function", accepts: (value) => typeof value === "function" },
  list: { wanted: "a list", accepts: Array.isArray },
  object: { wanted: "an object", accepts: isObject },
  schema: { wanted: "a Standard Schema, such as one of zod", accepts: isSchema },
};

/** What an option may be: a kind, with `?` when it may be absent, or the texts that it may be. */
export type OptionKind = Kind | `${Kind}?` | readonly string[];

/** A kind for every option of `T`. */
export type OptionKinds<T> = { readonly [K in keyof T]-?: OptionKind };

/**
 * Checks names and kinds of the options that somebody gave.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option, what was given, and the known option
 * that comes nearest to an unknown one
 */
export function checkOptions<T>(subject: string, given: unknown, kinds: OptionKinds<T>): void {
  if (!isObject(given)) {
    throw invalid(`${subject} takes an object of options; ${shown(given)} was given.`, {});
  }
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(kinds, option)) throw unknownOption(subject, option, { given, kinds });
  }
  for (const [option, kind] of Object.entries<OptionKind>(kinds)) {
    checkKind(subject, { option, kind, value: given[option] });
  }
}

/** A value as it stands in a message: short, on one line, and of objects only that they are. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN_MAX));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "function") return "a function";
  return isObject(value) ? "an object" : String(value);
}

const SHOWN_MAX = 60;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return (typeof value === "function" || isObject(value)) && "~standard" in value;
}

interface Given {
  readonly option: string;
  readonly kind: OptionKind;
  readonly value: unknown;
}

function checkKind(subject: string, { option, kind, value }: Given): void {
  const isOptional = typeof kind !== "string" || kind.endsWith("?");
  if (value === undefined && isOptional) return;
  const { wanted, accepts } = typeof kind === "string" ? kindOf(kind) : oneOf(kind);
  if (value !== undefined && accepts(value)) return;
  const says =
    value === undefined
      ? `${subject} needs the option "${option}", ${wanted}.`
      : `Option "${option}" of ${subject} is ${shown(value)}; give ${wanted}.`;
  throw invalid(says, { option });
}

const kindOf = (kind: Kind | `${Kind}?`): Accepted => KINDS[kind.replace("?", "") as Kind];

const oneOf = (texts: readonly string[]): Accepted => ({
  wanted: texts.map((text) => `"${text}"`).join(" or "),
  accepts: (value) => texts.some((text) => text === value),
});

function unknownOption(
  subject: string,
  option: string,
  { given, kinds }: { readonly given: Record<string, unknown>; readonly kinds: object },
): EngineError {
  const known = Object.keys(kinds);
  const nearest = nearestTo(option, known);
  const advice = nearest === undefined ? `It has: ${known.join(", ")}.` : hint(nearest);
  const value = shown(given[option]);
  return invalid(`${subject} has no option "${option}" (${value} was given). ${advice}`, {
    option,
    known,
    nearest,
  });
}

const hint = (nearest: string): string => `Did you mean "${nearest}"?`;

/** The known name that was probably meant: a longer or shorter form, or one with few slips. */
export function nearestTo(name: string, known: readonly string[]): string | undefined {
  const meant = name.toLowerCase();
  const [best] = known
    .map((option) => ({ option, slips: slipsBetween(meant, option.toLowerCase()) }))
    .filter(({ option, slips }) => slips <= slipsAllowed(meant) || isFormOf(meant, option))
    .sort((a, b) => a.slips - b.slips);
  return best?.option;
}

/** Two letters that changed places are two slips. */
const slipsAllowed = (name: string): number =>
  name.length < SHORT ? 1 : Math.max(2, Math.floor(name.length / 3));

const SHORT = 4;

function isFormOf(name: string, option: string): boolean {
  const other = option.toLowerCase();
  return name.length > 2 && (other.startsWith(name) || name.startsWith(other));
}

/** Levenshtein's distance: letters to put in, take out or change. */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

const invalid = (message: string, details: Readonly<Record<string, unknown>>): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", message, { details });
