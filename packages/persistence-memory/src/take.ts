import type { DispatchAck, Row, TakeRequest } from "@pawl/kernel/ports";
import { byText } from "./claimable.ts";
import { allRows, copyOf, deleteRow, getRow, keyText, putRow, type Tables } from "./tables.ts";

type Queue = "intents" | "dispatch";
type QueueRow = Row<"intents"> | Row<"dispatch">;

/** What taking and acknowledging is made of. */
export interface TakeParts {
  readonly visible: (row: QueueRow, request: TakeRequest, dbNow: number) => boolean;
  readonly hidden: <R extends QueueRow>(row: R, request: TakeRequest, dbNow: number) => R;
  readonly order: (a: QueueRow, b: QueueRow) => number;
  readonly acked: (row: Row<"dispatch">, ack: DispatchAck) => boolean;
}

export const takeParts: TakeParts = {
  visible: (row, { namespace }, dbNow) => row.namespace === namespace && row.visibleAt <= dbNow,
  hidden: (row, { visibleAfterMs }, dbNow) => ({
    ...row,
    visibleAt: dbNow + visibleAfterMs,
    tries: row.tries + 1,
  }),
  order: (a, b) => a.createdAt - b.createdAt,
  acked: (row, { createdAt }) => row.createdAt === createdAt,
};

interface TakeAt {
  readonly request: TakeRequest;
  readonly dbNow: number;
}

/** Takes visible rows, oldest first, and hides them for a while. */
export function takeRows<T extends Queue>(
  parts: TakeParts,
  tables: Tables,
  { table, request, dbNow }: TakeAt & { readonly table: T },
): readonly Row<T>[] {
  const order = (a: Row<T>, b: Row<T>): number =>
    parts.order(a, b) || byText(keyText(table, a), keyText(table, b));
  return allRows(tables, table)
    .filter((row) => parts.visible(row, request, dbNow))
    .toSorted(order)
    .slice(0, request.limit)
    .map((row) => {
      const taken = parts.hidden<Row<T>>(row, request, dbNow);
      putRow(tables, table, taken);
      return copyOf(taken);
    });
}

export function ackIntentRows(tables: Tables, ids: readonly string[]): void {
  for (const id of ids) {
    const row = getRow(tables, "intents", { id });
    if (row) deleteRow(tables, "intents", row);
  }
}

/** Deletes those rows that are still of the acknowledged dispatch. */
export function ackDispatchRows(
  parts: TakeParts,
  tables: Tables,
  acks: readonly DispatchAck[],
): void {
  for (const ack of acks) {
    const row = getRow(tables, "dispatch", ack.stage);
    if (row && parts.acked(row, ack)) deleteRow(tables, "dispatch", row);
  }
}
