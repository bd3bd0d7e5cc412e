import { checkOptions, EngineError, type OptionKinds, shown } from "@pawl/kernel";

export interface WholeNumber {
  readonly option: string;
  readonly value: number | undefined;
  readonly least: number;
}

/**
 * A whole number of at least so much, or nothing.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function checkWhole(subject: string, { option, value, least }: WholeNumber): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw invalid(
    `Option "${option}" of ${subject} is ${value}; give a whole number of at least ${least}.`,
    option,
  );
}

/** An adapter's function, and what it was given. */
export interface PlaceOptions<T> {
  readonly subject: string;
  readonly given: T & { readonly url?: unknown; readonly pool?: unknown };
  readonly kinds: OptionKinds<T>;
  /** What every pool of the driver has, and nothing else is taken for one. */
  readonly poolMethod: string;
}

/**
 * Names and kinds of options, of which one is either a URL or a pool of the caller's.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function checkPlaceOptions<T>({ subject, given, kinds, poolMethod }: PlaceOptions<T>): void {
  checkOptions<T>(subject, given, kinds);
  const { url, pool } = given;
  if (url !== undefined && pool !== undefined) {
    throw invalid(`${subject} was given url and pool: give one of them.`, "pool");
  }
  if (url === undefined && pool === undefined) {
    throw invalid(`${subject} needs the option "url", text, or "pool", a pool of yours.`, "url");
  }
  if (pool === undefined || typeof (pool as Record<string, unknown>)[poolMethod] === "function") {
    return;
  }
  throw invalid(
    `Option "pool" of ${subject} is ${shown(pool)} without ${poolMethod}(); give a pool of the ` +
      "driver.",
    "pool",
  );
}

const invalid = (message: string, option: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", message, { details: { option } });
