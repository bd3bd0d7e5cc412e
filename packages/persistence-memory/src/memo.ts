import type { MemoBounds, MemoEntry, MemoPage, StageKey } from "@pawl/kernel/ports";
import { copyOf, groupRows, type Tables } from "./tables.ts";

/** What a memo page is made of. */
export interface MemoParts {
  readonly entries: (tables: Tables, stage: StageKey) => readonly MemoEntry[];
  readonly bytes: (entry: MemoEntry) => number;
  readonly fits: (
    page: { readonly records: number; readonly bytes: number },
    bounds: MemoBounds,
  ) => boolean;
}

export const ofStage =
  (stage: StageKey) =>
  (row: StageKey): boolean =>
    row.stageId === stage.stageId &&
    row.mapIndex === stage.mapIndex &&
    row.generation === stage.generation;

/** Every settled operation of a stage generation in `seq` order. */
function settledEntries(tables: Tables, stage: StageKey): readonly MemoEntry[] {
  const steps = groupRows(tables, "steps", { runId: stage.runId }).filter(ofStage(stage));
  const waits = groupRows(tables, "waits", { runId: stage.runId }).filter(ofStage(stage));
  const entries: MemoEntry[] = [
    ...steps.map((step) => ({ type: "step" as const, seq: step.seq, step })),
    ...waits.flatMap((wait) =>
      wait.seq === null ? [] : [{ type: "wait" as const, seq: wait.seq, wait }],
    ),
  ];
  return entries.toSorted((a, b) => a.seq - b.seq);
}

const payloadLength = (entry: MemoEntry): number =>
  (entry.type === "step" ? entry.step.output : entry.wait.value)?.length ?? 0;

export const memoParts: MemoParts = {
  entries: settledEntries,
  bytes: payloadLength,
  fits: ({ records, bytes }, { recordsMax, bytesMax }) =>
    records <= 1 || (records <= recordsMax && bytes <= bytesMax),
};

export interface PageRequest {
  readonly stage: StageKey;
  readonly afterSeq: number;
  readonly bounds: MemoBounds;
}

/** The next page: as many entries as the bounds allow, and one whatever they say. */
export function memoPage(
  parts: MemoParts,
  tables: Tables,
  { stage, afterSeq, bounds }: PageRequest,
): MemoPage {
  const rest = parts.entries(tables, stage).filter(({ seq }) => seq > afterSeq);
  let bytes = 0;
  let records = 0;
  for (const entry of rest) {
    bytes += parts.bytes(entry);
    if (!parts.fits({ records: records + 1, bytes }, bounds)) break;
    records += 1;
  }
  const entries = rest.slice(0, records).map(copyEntry);
  const last = entries.at(-1);
  return { entries, ...(last && records < rest.length ? { next: last.seq } : {}) };
}

const copyEntry = (entry: MemoEntry): MemoEntry =>
  entry.type === "step"
    ? { ...entry, step: copyOf(entry.step) }
    : { ...entry, wait: copyOf(entry.wait) };
