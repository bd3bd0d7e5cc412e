import type { CommitPlan, RunId, StageKey } from "@pawl/kernel/ports";
import { isSetWrite, TABLES, TABLES_OF_RUN, type TableName } from "@pawl/kernel/ports";
import { addsRecordsOnly } from "./placed-plan.ts";

/**
 * Places of plans that one statement may carry, wave after wave. Plans that meet in a run, or in
 * a row that belongs to none, stand in different waves in their order: one statement sees the
 * state before it, and changes no row twice. Plans that only add records meet no such plan.
 */
export function wavesOf(plans: readonly CommitPlan[]): readonly (readonly number[])[] {
  if (plans.length === 1) return [[0]];
  const waves: number[][] = [];
  const meeting = new Meeting();
  for (const [at, plan] of plans.entries()) {
    const wave = meeting.waveOf(plan);
    const places = waves[wave];
    if (places) places.push(at);
    else waves[wave] = [at];
  }
  return waves;
}

/** Which wave last changed, and which last looked at, what plans can meet in. */
class Meeting {
  readonly #changed = new Map<string, number>();
  readonly #seen = new Map<string, number>();

  waveOf(plan: CommitPlan): number {
    const { changes, looks } = placesOf(plan);
    let wave = 0;
    for (const place of [...changes, ...looks]) {
      wave = Math.max(wave, (this.#changed.get(place) ?? -1) + 1);
    }
    for (const place of changes) wave = Math.max(wave, (this.#seen.get(place) ?? -1) + 1);
    for (const place of changes) this.#changed.set(place, wave);
    for (const place of looks) this.#seen.set(place, Math.max(wave, this.#seen.get(place) ?? 0));
    return wave;
  }
}

interface Places {
  readonly changes: ReadonlySet<string>;
  readonly looks: ReadonlySet<string>;
}

function placesOf(plan: CommitPlan): Places {
  const runs = new Set<string>();
  const rows: Places & { readonly changes: Set<string>; readonly looks: Set<string> } = {
    changes: new Set(),
    looks: new Set(),
  };
  for (const runId of runsOf(plan)) runs.add(`run ${runId}`);
  for (const guard of plan.guards) {
    if (guard.kind === "absent" || guard.kind === "version") {
      const { table, key } = guard.row;
      if (!isOfRun(table))
        addRow(rows, guard.kind === "absent" ? "looks" : "changes", { table, key });
    } else if (guard.kind === "session") {
      rows.looks.add(`workers ["${guard.id}"]`);
    } else if (guard.kind === "notCondemned") {
      addRow(rows, "looks", { table: "blobTombstones", key: { hash: guard.hash } });
    }
  }
  for (const write of plan.writes) {
    if (isSetWrite(write) || isOfRun(write.table)) continue;
    addRow(rows, "changes", { table: write.table, key: "row" in write ? write.row : write.key });
  }
  for (const { id } of plan.intents) addRow(rows, "changes", { table: "intents", key: { id } });
  if (addsRecordsOnly(plan))
    return { changes: rows.changes, looks: new Set([...rows.looks, ...runs]) };
  return { changes: new Set([...rows.changes, ...runs]), looks: rows.looks };
}

const isOfRun = (table: TableName): boolean => table === "runs" || TABLES_OF_RUN.includes(table);

interface Named {
  readonly table: TableName;
  readonly key: object;
}

/**
 * A row by its whole key; by part of one, all rows that share its first column, which every row
 * is known by, too.
 */
function addRow(
  into: { readonly changes: Set<string>; readonly looks: Set<string> },
  how: "changes" | "looks",
  { table, key }: Named,
): void {
  const columns: readonly string[] = TABLES[table].key;
  const values = columns.map((column) => (key as Record<string, unknown>)[column]);
  const many = `${table} ${JSON.stringify(values[0])}…`;
  if (values.includes(undefined)) into.changes.add(many);
  else {
    into[how].add(`${table} ${JSON.stringify(values)}`);
    into.looks.add(many);
  }
}

function runsOf(plan: CommitPlan): ReadonlySet<RunId> {
  const runs = new Set<RunId>(plan.events.map(({ runId }) => runId));
  for (const guard of plan.guards) {
    if (guard.kind === "rev" || guard.kind === "live") runs.add(guard.runId);
    if (guard.kind === "stage") runs.add(guard.key.runId);
    if (guard.kind === "absent") addRunOf(runs, guard.row.table, guard.row.key);
  }
  for (const write of plan.writes) {
    if (isSetWrite(write)) runs.add(write.runId);
    else addRunOf(runs, write.table, "row" in write ? write.row : write.key);
  }
  for (const { runId } of plan.dispatch) runs.add(runId);
  return runs;
}

function addRunOf(runs: Set<RunId>, table: TableName, row: object): void {
  if (!isOfRun(table)) return;
  const { id, runId } = row as { readonly id?: RunId } & Partial<StageKey>;
  const named = table === "runs" ? id : runId;
  if (named !== undefined) runs.add(named);
}
