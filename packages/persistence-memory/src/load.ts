import type {
  Row,
  RunFacts,
  RunId,
  RunRow,
  SignalRow,
  Snapshot,
  SnapshotNeed,
  StageFacts,
  StageRow,
  WaitRow,
} from "@pawl/kernel/ports";
import { isOpenStage, stageKeyText } from "@pawl/kernel/ports";
import { copyOf, getRow, groupRows, type Tables } from "./tables.ts";

/** For each part of a snapshot: which rows it holds. */
export interface LoadParts {
  readonly run: (run: RunRow) => RunFacts;
  readonly stage: (stage: StageRow) => StageFacts;
  readonly stages: (rows: readonly StageRow[], need: SnapshotNeed) => readonly StageRow[];
  readonly waits: (rows: readonly WaitRow[], need: SnapshotNeed) => readonly WaitRow[];
  readonly signals: (rows: readonly SignalRow[], need: SnapshotNeed) => readonly SignalRow[];
}

export const loadParts: LoadParts = {
  run: ({ input: _input, config: _config, output: _output, ...facts }) => facts,
  stage: ({ input: _input, output: _output, progress: _progress, ...facts }) => facts,
  stages: (rows, { stages }) => {
    if (stages === undefined) return [];
    if (stages === "current") return rows.filter(({ superseded }) => !superseded);
    if (stages === "open") return rows.filter(({ status }) => isOpenStage(status));
    const wanted = new Set(stages.map(stageKeyText));
    return rows.filter((row) => wanted.has(stageKeyText(row)));
  },
  waits: (rows, { waits }) => (waits ? rows.filter(({ outcome }) => outcome === null) : []),
  signals: (rows, { signals }) =>
    signals
      ? rows
          .filter(({ consumedBy }) => consumedBy === null)
          .toSorted((a, b) => a.arrival - b.arrival)
      : [],
};

export interface LoadRequest {
  readonly runId: RunId;
  readonly need: SnapshotNeed;
  readonly dbNow: number;
}

/** One view of a run, or undefined when there is none. */
export function loadSnapshot(
  parts: LoadParts,
  tables: Tables,
  { runId, need, dbNow }: LoadRequest,
): Snapshot | undefined {
  const run = getRow(tables, "runs", { id: runId });
  if (!run) return undefined;
  const rows = <T extends "stages" | "waits" | "signals">(table: T): readonly Row<T>[] =>
    groupRows<T>(tables, table, { runId } as never);
  return {
    run: copyOf(parts.run(run)),
    stages: parts.stages(rows("stages"), need).map((stage) => copyOf(parts.stage(stage))),
    waits: parts.waits(rows("waits"), need).map(copyOf),
    signals: parts.signals(rows("signals"), need).map(copyOf),
    dbNow,
  };
}
