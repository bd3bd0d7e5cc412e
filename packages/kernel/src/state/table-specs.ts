import * as bookkeeping from "./columns-bookkeeping.ts";
import * as core from "./columns-core.ts";
import type { TableName, TableSpec } from "./tables.ts";

/** The whole schema as data: adapters generate statements from it and never name a column. */
export const TABLES: { readonly [T in TableName]: TableSpec<T> } = { ...core, ...bookkeeping };

export const TABLE_NAMES: readonly TableName[] = Object.keys(TABLES) as TableName[];

/** Tables whose rows belong to one run and go with it, children before parents. */
export const TABLES_OF_RUN: readonly TableName[] = [
  "steps",
  "attempts",
  "waits",
  "signals",
  "events",
  "dispatch",
  "blobRefs",
  "logs",
  "annotations",
  "stages",
];
