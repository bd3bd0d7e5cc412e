/** An instant in milliseconds since 1970-01-01T00:00:00Z: the only form of time here. */
export type EpochMs = number;

/** Database time at the commit plus `dbNow` milliseconds; the adapter fills it in. */
export interface DbInstant {
  readonly dbNow: number;
}

/** A time column of a write: an instant already known, or one relative to database time. */
export type TimeValue = EpochMs | DbInstant;

/** Database time plus an offset, so that a worker with a wrong clock can't shift what is due. */
export const fromDbNow = (offsetMs = 0): DbInstant => ({ dbNow: offsetMs });

export const isDbInstant = (value: unknown): value is DbInstant =>
  typeof value === "object" && value !== null && typeof (value as DbInstant).dbNow === "number";
