import type { SweepItem, SweepKind, Write } from "@pawl/kernel/ports";

/** Rows that a sweep finds one item in. `at` is left out where nothing makes the row due. */
export interface Example {
  readonly rows: readonly Write[];
  readonly item: Omit<SweepItem, "kind" | "at"> & { readonly at?: number };
}

/** What one kind of sweep finds and what it passes over. */
export interface Situation {
  readonly kind: SweepKind;
  readonly olderThanMs?: number;
  readonly everyNamespace?: true;
  readonly found: Readonly<Record<string, (now: number) => Example>>;
  readonly passedOver: Readonly<Record<string, (now: number) => readonly Write[]>>;
  /** One row that is found from `at` on, where an instant makes it due. */
  readonly due?: (at: number) => readonly Write[];
  /** One row of its own for each name, due at `at`. */
  readonly many: (name: string, at: number) => readonly Write[];
}
