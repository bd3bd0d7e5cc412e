import type { Schema } from "../statements/schema.ts";
import type { Cells } from "./cells.ts";

/** A kind of guard or write: one JSON parameter with a row for each, and what is done with it. */
export interface Kind {
  /** Equal for kinds of one text. */
  readonly key: string;
  /** Cells of a row and their types; `p` is the place of its plan in the batch. */
  readonly types: readonly string[];
  /** Table expressions that lock or look, under `name`, of rows `x` that `source` gives. */
  readonly guard?: TableExpressions;
  /** Table expressions that write, for plans in `ok` alone. */
  readonly write?: TableExpressions;
  /** For guards: selects of `p` and `n`, which for a plan must sum up to its guards. */
  hits?(name: string): readonly string[];
  /** Rows that are answered. */
  readonly answers?: {
    readonly as: "facts" | "runs" | "counters";
    readonly columns: readonly string[];
    select(name: string): string;
  };
}

export type TableExpressions = (name: string, source: string) => string;

export interface Filled {
  readonly kind: Kind;
  readonly rows: Cells[];
}

/** All that a batch of plans asks for, by kind, in the order of the kinds' keys. */
export class Sheet {
  readonly #schema: Schema;
  readonly #filled = new Map<string, Filled>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Adds a row; `make` is asked once for each key and schema. */
  put(key: string, row: Cells, make: (schema: Schema) => Kind): void {
    const filled = this.#filled.get(key);
    if (filled) filled.rows.push(row);
    else this.#filled.set(key, { kind: kindOf(this.#schema, key, make), rows: [row] });
  }

  kinds(): readonly Filled[] {
    return [...this.#filled.values()].sort((a, b) => (a.kind.key < b.kind.key ? -1 : 1));
  }
}

const known = new WeakMap<Schema, Map<string, Kind>>();

function kindOf(schema: Schema, key: string, make: (schema: Schema) => Kind): Kind {
  const kinds = known.get(schema) ?? new Map<string, Kind>();
  known.set(schema, kinds);
  const kind = kinds.get(key) ?? make(schema);
  kinds.set(key, kind);
  return kind;
}
