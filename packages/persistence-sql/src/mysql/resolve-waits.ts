import type { EpochMs, WaitRow } from "@pawl/kernel/ports";

/** What a claim makes of the waits of one stage that have no seq. */
export interface Resolution {
  /** Waits that have an outcome and get the next seqs. */
  readonly changed: readonly WaitRow[];
  /** Waits that go on. */
  readonly open: readonly WaitRow[];
}

const FIRING: readonly WaitRow["kind"][] = ["timer", "poll", "retry", "hold"];

/**
 * Resolves the due waits of a stage and numbers those resolved after `lastSeq`, in order of the
 * instant, then of the key.
 */
export function resolved(waits: readonly WaitRow[], lastSeq: number, now: EpochMs): Resolution {
  const open: WaitRow[] = [];
  const settled: WaitRow[] = [];
  for (const wait of waits) {
    if (wait.outcome === "closed") continue;
    if (wait.outcome !== null) settled.push(wait);
    else if (wait.kind === "hold" || (wait.dueAt !== null && wait.dueAt <= now)) {
      const outcome = FIRING.includes(wait.kind) ? "fired" : "timedOut";
      settled.push({ ...wait, outcome, resolvedAt: wait.dueAt ?? now });
    } else open.push(wait);
  }
  settled.sort(inOrder);
  const changed = settled.map((wait, at) => ({ ...wait, seq: lastSeq + at + 1 }));
  return { changed, open };
}

/** As bytes compare in the database. */
const inOrder = (a: WaitRow, b: WaitRow): number =>
  (a.resolvedAt ?? 0) - (b.resolvedAt ?? 0) ||
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) ||
  a.occurrence - b.occurrence;
