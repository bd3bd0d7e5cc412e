import type { CommitPlan } from "@pawl/kernel/ports";
import { knownTable, type Schema } from "../statements/schema.ts";
import { keyText, keyValues } from "./keys.ts";
import { namedRows } from "./locks.ts";

/**
 * Plans in their order, cut where one touches what an earlier one of its wave changes: in a wave
 * all are decided on the rows as they stand before it.
 */
export function wavesOf(
  schema: Schema,
  plans: readonly CommitPlan[],
): readonly (readonly CommitPlan[])[] {
  const waves: CommitPlan[][] = [];
  const changed = new Set<string>();
  const used = new Set<string>();
  for (const plan of plans) {
    const { changes, uses } = touchedBy(schema, plan);
    const meets =
      changes.some((place) => changed.has(place) || used.has(place)) ||
      uses.some((place) => changed.has(place));
    if (waves.length === 0 || meets) {
      waves.push([]);
      changed.clear();
      used.clear();
    }
    waves.at(-1)?.push(plan);
    for (const place of changes) changed.add(place);
    for (const place of uses) used.add(place);
  }
  return waves;
}

/** Places of the rows that plans are going to lock against everybody. */
export const placesLocked = (schema: Schema, plans: readonly CommitPlan[]): readonly string[] => [
  ...new Set(
    plans.flatMap((plan) =>
      namedRows(plan)
        .filter(({ hold }) => hold === "exclusive")
        .map(({ name, key }) => placeOf(schema, name, key)),
    ),
  ),
];

function placeOf(schema: Schema, name: string, key: object): string {
  const table = knownTable(schema, name);
  return `${table.name} ${keyText(keyValues(table, key))}`;
}

interface Touched {
  readonly changes: readonly string[];
  readonly uses: readonly string[];
}

const EVERYTHING = "everything";

function touchedBy(schema: Schema, plan: CommitPlan): Touched {
  const changes: string[] = [];
  const uses: string[] = [EVERYTHING];
  const place = (name: string, key: object): string => placeOf(schema, name, key);
  for (const { hold, name, key } of namedRows(plan)) {
    (hold === "exclusive" ? changes : uses).push(place(name, key));
    if ("runId" in key) uses.push(`all of ${key.runId}`);
  }
  for (const write of plan.writes) {
    if (write.op === "insert") changes.push(place(write.table, write.row));
    else if (write.op === "updateStages" || write.op === "closeWaits")
      changes.push(`all of ${write.runId}`);
    else if (write.op === "delete")
      changes.push("runId" in write.key ? `all of ${write.key.runId}` : EVERYTHING);
  }
  return { changes, uses };
}
