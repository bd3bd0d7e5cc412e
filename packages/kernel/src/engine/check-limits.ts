import { checkOptions, type OptionKinds } from "../define/check-options.ts";
import { EngineError } from "../errors/engine-error.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";

type Range = readonly [least: number, most: number];

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** A page of the store: `find` answers no more. */
const PAGE_ROWS = 1_000;

/** Least and most of each limit, both allowed. */
export const LIMIT_RANGES: { readonly [L in keyof Limits]: Range } = {
  payloadInlineBytesMax: [0, GIB],
  payloadWarnBytes: [0, GIB],
  payloadBytesMax: [1, GIB],
  memoRecordsMax: [1, 10_000],
  memoBytesMax: [1, GIB],
  stepsPerStageMax: [1, 10_000_000],
  commitAttemptsMax: [1, 1_000],
  commitBatchMax: [1, 1_000],
  stickyStagesMax: [0, 1_000],
  stickyMs: [0, DAY_MS],
  replayQuietMs: [1, DAY_MS],
  retryInPlaceMs: [0, DAY_MS],
  timeoutGraceMs: [0, DAY_MS],
  nondurableResidentMs: [0, DAY_MS],
  outOfReachRetryMs: [1, DAY_MS],
  lossesCountedMax: [1, 1_000],
  suspectPatienceMs: [0, YEAR_MS],
  priorityAgeingMs: [0, DAY_MS],
  leaseTtlMs: [1, YEAR_MS],
  leaseMarginMs: [0, YEAR_MS],
  deliveryAttemptsMax: [1, 1_000_000],
  redispatchMs: [100, 600_000],
  sweepRows: [1, PAGE_ROWS],
  evidenceKeptMs: [60_000, 100 * YEAR_MS],
  logLinesPerExecutionMax: [0, 10_000_000],
};

const NAMES = Object.fromEntries(
  Object.keys(DEFAULT_LIMITS).map((limit) => [limit, "any?"]),
) as unknown as OptionKinds<Limits>;

/**
 * The defaults with what was given; a limit that is undefined was not.
 *
 * @throws EngineError E_ARGUMENT_INVALID for a name that is no limit's, E_CONFIG_INVALID naming
 * the limit, its value and what it may be
 */
export function checkLimits(given: Partial<Limits> = {}): Limits {
  checkOptions("limits", given, NAMES);
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of said) check(name as keyof Limits, value);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(said) };
}

function check(name: keyof Limits, value: unknown): void {
  const [least, most] = LIMIT_RANGES[name];
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  const shown = typeof value === "number" ? value : JSON.stringify(value);
  throw new EngineError(
    "E_CONFIG_INVALID",
    `limits.${name} is ${shown}; give a whole number from ${least} to ${most}.`,
    { details: { limit: name, value } },
  );
}
