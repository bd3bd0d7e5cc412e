import type { Order } from "./order-input.ts";

const LINES = 400;

/** So many orders of a wholesaler, `order-1` and on: long enough for an invoice that is a blob. */
export const sampleOrders = (count: number): readonly Order[] =>
  Array.from({ length: count }, (_, at) => ({ id: `order-${at + 1}`, lines: linesFor(at) }));

const linesFor = (customer: number): Order["lines"] =>
  Array.from({ length: LINES }, (_, at) => ({
    article: `article ${String(at + 1).padStart(4, "0")}`,
    quantity: 1 + ((at + customer) % 3),
    cents: 100 + at,
  }));
