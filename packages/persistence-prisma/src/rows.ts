import type { SqlRow } from "@pawl/persistence-sql/adapters";

/**
 * Rows of Prisma as values in the order of their columns, whose names differ and are no numbers.
 * Its bigints are numbers again: none of the engine's is beyond 2^53.
 */
export const valuesOf = (rows: unknown): readonly SqlRow[] =>
  Array.isArray(rows) ? rows.map((row: object) => Object.values(row).map(plain)) : [];

const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);
