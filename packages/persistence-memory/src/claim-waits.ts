import type { Row, StageKey, WaitOutcome, WaitRow } from "@pawl/kernel/ports";
import { byText } from "./claimable.ts";
import { ofStage } from "./memo.ts";
import { groupRows, putRow, type Tables } from "./tables.ts";

/** What a claim does to the waits of its stage. */
export interface ClaimWaitParts {
  /** Outcome of a wait that is open, if it has one now. */
  readonly resolve: (wait: WaitRow, dbNow: number) => WaitOutcome | undefined;
  /** Instant of a wait that the claim resolves. */
  readonly resolvedAt: (wait: WaitRow, dbNow: number) => number;
  /** True for a wait that gets a seq now. */
  readonly unnumbered: (wait: WaitRow) => boolean;
  /** Order in which they get it. */
  readonly order: (a: WaitRow, b: WaitRow) => number;
  readonly lastSeq: (tables: Tables, stage: StageKey) => number;
}

export const claimWaitParts: ClaimWaitParts = {
  resolve: ({ kind, dueAt }, dbNow) => {
    if (kind === "hold") return "fired";
    if (dueAt === null || dueAt > dbNow) return undefined;
    return kind === "timer" || kind === "poll" || kind === "retry" ? "fired" : "timedOut";
  },
  resolvedAt: ({ dueAt }, dbNow) => dueAt ?? dbNow,
  unnumbered: ({ outcome, seq }) => outcome !== null && outcome !== "closed" && seq === null,
  order: (a, b) =>
    (a.resolvedAt ?? 0) - (b.resolvedAt ?? 0) ||
    byText(a.key, b.key) ||
    a.occurrence - b.occurrence,
  lastSeq: (tables, stage) =>
    Math.max(
      0,
      ...rowsOf(tables, "steps", stage).map(({ seq }) => seq),
      ...rowsOf(tables, "waits", stage).map(({ seq }) => seq ?? 0),
    ),
};

export const rowsOf = <T extends "steps" | "waits" | "attempts">(
  tables: Tables,
  table: T,
  stage: StageKey,
): readonly Row<T>[] =>
  groupRows<T>(tables, table, { runId: stage.runId } as never).filter(ofStage(stage));

/** Settles what is due and numbers what is settled; answers the highest seq. */
export function settleWaits(
  parts: ClaimWaitParts,
  tables: Tables,
  { stage, dbNow }: { readonly stage: StageKey; readonly dbNow: number },
): number {
  for (const wait of rowsOf(tables, "waits", stage)) {
    const outcome = wait.outcome === null ? parts.resolve(wait, dbNow) : undefined;
    if (!outcome) continue;
    putRow(tables, "waits", { ...wait, outcome, resolvedAt: parts.resolvedAt(wait, dbNow) });
  }
  let seq = parts.lastSeq(tables, stage);
  for (const wait of rowsOf(tables, "waits", stage)
    .filter(parts.unnumbered)
    .toSorted(parts.order)) {
    seq += 1;
    putRow(tables, "waits", { ...wait, seq });
  }
  return seq;
}
