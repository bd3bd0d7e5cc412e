import type { Key, Row, TableName } from "../state/tables.ts";

/** Conditions on one column, all of which must hold. `has` looks into a JSON object's strings. */
export interface Condition {
  readonly in?: readonly (string | number | boolean)[];
  readonly gt?: string | number;
  readonly lt?: string | number;
  readonly isNull?: boolean;
  readonly has?: Readonly<Record<string, string>>;
}

export type Where<T extends TableName> = {
  readonly [C in keyof Row<T>]?: string | number | boolean | Condition;
};

/** A bounded read of one table in a stated order. */
export interface Find<T extends TableName> {
  readonly table: T;
  readonly where: Where<T>;
  /** Columns that order the answer; the primary key is always added as the last tie-break. */
  readonly orderBy?: readonly (keyof Row<T> & string)[];
  readonly descending?: boolean;
  /** Values of `orderBy` columns and key of the last row seen: the next page starts after it. */
  readonly after?: readonly (string | number)[];
  /** At most 1,000. */
  readonly limit: number;
  /** Payload columns are null in the answer unless true. */
  readonly payloads?: boolean;
}

export interface PersistenceQueries {
  /** One row with its payloads, or undefined. */
  get<T extends TableName>(table: T, key: Key<T>): Promise<Row<T> | undefined>;
  find<T extends TableName>(find: Find<T>): Promise<readonly Row<T>[]>;
  /** Rows that match, counted up to `max`. */
  count<T extends TableName>(table: T, where: Where<T>, max: number): Promise<number>;
}
