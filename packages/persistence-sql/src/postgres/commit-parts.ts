import type { CommitPlan, RowWrite, Write } from "@pawl/kernel/ports";
import { isSetWrite, TABLES } from "@pawl/kernel/ports";

/**
 * The plan in parts of which none writes a row twice, in the order of its writes. The kernel's
 * plans are one part: one statement. Others take one transaction of as many statements.
 */
export function partsOf(plan: CommitPlan): readonly CommitPlan[] {
  if (!writesATableTwice(plan.writes)) return [plan];
  const parts: Write[][] = [[]];
  let written = new WrittenRows();
  for (const write of plan.writes) {
    if (written.meets(write)) {
      parts.push([]);
      written = new WrittenRows();
    }
    written.add(write);
    parts.at(-1)?.push(write);
  }
  const later = { guards: [], events: [], intents: [], dispatch: [] };
  return parts.map((writes, at) =>
    at === 0 ? { ...plan, writes } : { ...plan, ...later, writes },
  );
}

/** Cheap to ask, and nearly always false. */
function writesATableTwice(writes: readonly Write[]): boolean {
  const rows = writes.filter((write): write is RowWrite => !isSetWrite(write));
  return rows.length > 1 && new Set(rows.map(({ table }) => table)).size < rows.length;
}

/** Rows by their keys, and beginnings of keys that a delete named. */
class WrittenRows {
  readonly #rows = new Set<string>();
  readonly #deleted = new Set<string>();

  meets(write: Write): boolean {
    if (isSetWrite(write)) return false;
    const places = placesOf(write);
    return this.#rows.has(places.at(-1) ?? "") || places.some((place) => this.#deleted.has(place));
  }

  add(write: Write): void {
    if (isSetWrite(write)) return;
    const places = placesOf(write);
    for (const place of places) this.#rows.add(place);
    if (write.op === "delete") this.#deleted.add(places.at(-1) ?? "");
  }
}

/** The beginnings of a row's key, the longest that is given last. */
function placesOf(write: RowWrite): readonly string[] {
  const columns: readonly string[] = TABLES[write.table]?.key ?? [];
  const row = ("row" in write ? write.row : write.key) as Readonly<Record<string, unknown>>;
  const given = columns.map((column) => row[column]).filter((value) => value !== undefined);
  return given.map((_, at) => JSON.stringify([write.table, ...given.slice(0, at + 1)]));
}
