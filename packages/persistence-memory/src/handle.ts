import type { Calls } from "./calls.ts";
import type { Parts } from "./parts.ts";
import type { Tables } from "./tables.ts";

/** What the methods of one handle work with. */
export interface Handle {
  readonly parts: Parts;
  readonly tables: Tables;
  readonly calls: Calls;
  readonly now: () => number;
}
