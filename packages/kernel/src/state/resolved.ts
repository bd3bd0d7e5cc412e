import { type EpochMs, isDbInstant } from "./time.ts";

/** A row as it is stored when the database's time is `dbNow`. */
export const resolved = (row: object, dbNow: EpochMs): object =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      isDbInstant(value) ? dbNow + value.dbNow : value,
    ]),
  );
