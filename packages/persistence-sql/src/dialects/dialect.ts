import type { EpochMs } from "@pawl/kernel/ports";

/** What is bound to a placeholder. */
export type SqlValue = string | number | null;

/** Database time of a statement: an instant that is known, or null for the server's own clock. */
export type Now = EpochMs | null;

/** What a statement lists or compares. */
export type ListKind = "text" | "int" | "bool";

/** A condition and the values of its placeholders. */
export interface Condition {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

/** The first rows of a table for each row that stands left of them. */
export interface FirstRows {
  /** Quoted, without alias. */
  readonly table: string;
  /** Under which the conditions name the table. */
  readonly alias: string;
  /** Under which the rows found are named; it may be the same. */
  readonly as: string;
  readonly using?: string;
  /** From WHERE to LIMIT; may name what stands left. */
  readonly rest: string;
  /** Rows that another transaction has locked are passed over, the others are locked. */
  readonly locked?: boolean;
}

/** What differs between databases in the text of a statement; everything else is shared. */
export interface Dialect {
  readonly name: "sqlite" | "postgres" | "mysql";
  quote(identifier: string): string;
  /** Turns the `?` of a finished text into the placeholders of the driver. */
  placeholders(text: string): string;
  /** Database time, one instant for a whole statement; its values are those of `nowParams`. */
  readonly now: string;
  nowParams(now: Now): readonly SqlValue[];
  /** Completes a text that names `now`; `timedParams` go before its other values. */
  timed(text: string): string;
  timedParams(now: Now): readonly SqlValue[];
  /** After LIMIT: at least so many, by a text that few numbers share. */
  atLeast(rows: number): Condition;
  /** Nothing, or a condition that always holds and tells the planner to expect few rows. */
  few(text: string): string;
  /** A boolean that is written out: a partial index is not chosen for one that is bound. */
  flag(value: boolean): string;
  /** Null as a column of an answer that is joined with others. */
  nothing(kind: ListKind): string;
  /** The greater of two numbers, neither of them null. */
  greatest(a: string, b: string): string;
  /** After a nullable column of an ORDER BY: nulls are less than all else. */
  nullsFirst(descending: boolean): string;
  /** True where the columns stand after the values bound, all in one direction. */
  after(columns: readonly string[], descending: boolean): Condition["text"];
  /** The values of the columns as the placeholders of `after` take them. */
  afterParams(values: readonly SqlValue[]): readonly SqlValue[];
  /** Values as the one parameter that `listOf` and `isIn` take. */
  list(values: readonly (string | number)[]): SqlValue;
  /** Rows of a list of texts, as a column named `value`. */
  listOf(alias: string): string;
  /** True where the column has a value of a list. */
  isIn(column: string, kind: ListKind): string;
  /** Rows of one JSON parameter, an array of arrays, as a source named `alias`. */
  tuplesOf(alias: string): string;
  /** Element `index` of the tuple that `alias` stands at. */
  tupleAt(alias: string, index: number, kind: ListKind): string;
  /** True where the JSON object in `column` has the string `value` as its `member`. */
  hasMember(column: string, member: string, value: string): Condition;
  /** Names the index that a read must use, where a text can. */
  using(index: string): string;
  /** Of a run `t`: events are not yet delivered. An index serves it. */
  readonly undelivered: string;
  /** Of a stage `t`: when it was dispatched, or 0. An index serves it. */
  readonly dispatchedSince: string;
  /** Joins the first rows of a table to what stands left. */
  firstOf(rows: FirstRows): string;
  /** What a candidate of a claim is known by, beside its rank. */
  readonly candidate: string;
  /** Changes the first rows of a table and answers all of their columns; see `FirstRows.rest`. */
  updateFirst(update: {
    readonly table: string;
    readonly columns: readonly string[];
    readonly using: string;
    readonly set: string;
    readonly rest: string;
  }): string;
}
