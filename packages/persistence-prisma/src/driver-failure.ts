/** What a driver adapter of Prisma tells of its driver's error. */
export interface DriverFailure {
  /** Such as `UniqueConstraintViolation` or `DatabaseNotReachable`. */
  readonly kind: string;
  /** The code of the database or its driver; undefined where there was none. */
  readonly code: string | undefined;
  readonly message: string;
  /** SQLSTATE, where the adapter tells it beside the code. */
  readonly state: string | undefined;
}

interface Told {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
  readonly message?: unknown;
  readonly state?: unknown;
}

/** Undefined for errors that do not come from a driver adapter. */
export function driverFailureOf(error: unknown): DriverFailure | undefined {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: Told } } };
  const told = meta?.driverAdapterError?.cause ?? ownCause(error);
  if (typeof told?.kind !== "string") return undefined;
  const { kind, originalCode, originalMessage, message, state } = told;
  return {
    kind,
    code: typeof originalCode === "string" ? originalCode : undefined,
    message: firstText(originalMessage, message, (error as Error).message),
    state: typeof state === "string" ? state : undefined,
  };
}

/** A DriverAdapterError that Prisma did not wrap. */
const ownCause = (error: unknown): Told | undefined =>
  (error as Error).name === "DriverAdapterError" ? ((error as Error).cause as Told) : undefined;

const firstText = (...candidates: readonly unknown[]): string =>
  candidates.find((one): one is string => typeof one === "string" && one !== "N/A") ?? "";
