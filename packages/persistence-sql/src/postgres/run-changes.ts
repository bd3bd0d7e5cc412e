import type { RunId } from "@pawl/kernel/ports";
import type { Column } from "../statements/schema.ts";
import { changedColumns, checkKey } from "../statements/write.ts";
import { type Cells, putCells } from "./cells.ts";
import { runChanges } from "./commit-writes.ts";
import type { LockedRows, PlacedPlan } from "./placed-plan.ts";
import { inOrder, putTouched } from "./touched-rows.ts";

interface Change {
  set: object;
  readonly added: Map<Column, number>;
  raise: number;
}

/**
 * All that one plan does to rows of runs: columns, counters and the rev, in one update for each
 * run. A second update of a row in one statement would be lost.
 */
export class RunChanges {
  readonly #placed: PlacedPlan;
  readonly #locked: LockedRows;
  readonly #changes = new Map<RunId, Change>();

  constructor(placed: PlacedPlan, locked: LockedRows) {
    this.#placed = placed;
    this.#locked = locked;
  }

  set(runId: RunId, set: object): void {
    const { runs } = this.#placed.schema.tables;
    checkKey(runs, { id: runId });
    if (changedColumns(runs, set).length > 0) this.#of(runId).set = set;
  }

  add(runId: RunId, column: Column, by: number): void {
    const { added } = this.#of(runId);
    added.set(column, (added.get(column) ?? 0) + by);
  }

  raise(runId: RunId): void {
    this.#of(runId).raise += 1;
  }

  put(): void {
    const { p, sheet, schema } = this.#placed;
    const { runs } = schema.tables;
    for (const [id, change] of this.#changes) {
      putTouched(this.#placed, runs, { key: { id }, depth: 1, locked: this.#locked });
      const set = inOrder(changedColumns(runs, change.set));
      const added = inOrder([...change.added.keys()]);
      const key = putCells({ p }, runs, { columns: runs.key, row: { id } });
      const cells: Cells = { ...key, n: change.raise };
      for (const [at, column] of added.entries()) cells[`a${at}`] = change.added.get(column);
      const shape = [set, added].map((list) => list.map(({ field }) => field).join()).join("+");
      sheet.put(`w_runs ${shape}`, putCells(cells, runs, { columns: set, row: change.set }), (of) =>
        runChanges(of, set, added),
      );
    }
  }

  #of(runId: RunId): Change {
    const known = this.#changes.get(runId);
    if (known) return known;
    const change: Change = { set: {}, added: new Map(), raise: 0 };
    this.#changes.set(runId, change);
    return change;
  }
}
