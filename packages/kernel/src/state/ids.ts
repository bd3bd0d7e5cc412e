/** Identity of a run: a ULID, or a hash of its parent's wait for a child. */
export type RunId = string;

/** Identity of a worker session: a ULID, new at every registration of a process. */
export type SessionId = string;

/** Which row of a run's graph: `mapIndex` is 0 but for map items, `generation` 0 until a rerun. */
export interface StageKey {
  readonly runId: RunId;
  readonly stageId: string;
  readonly mapIndex: number;
  readonly generation: number;
}

/** A durable operation inside a stage: its key and which call with that key it is, from 0. */
export interface OperationKey {
  readonly key: string;
  readonly occurrence: number;
}

/** A worker session as its guards name it. */
export interface SessionRef {
  readonly id: SessionId;
  readonly epoch: number;
}

export const stageKeyOf = (row: StageKey): StageKey => ({
  runId: row.runId,
  stageId: row.stageId,
  mapIndex: row.mapIndex,
  generation: row.generation,
});

/** One string for a stage row, for maps and idempotency keys: `run/stage/map/generation`. */
export const stageKeyText = (key: StageKey): string =>
  `${key.runId}/${encodeURIComponent(key.stageId)}/${key.mapIndex}/${key.generation}`;

/** Where a step's result stands in its run, for blob references and codecs. */
export const stepField = (row: StageKey & OperationKey): string =>
  `step/${encodeURIComponent(row.stageId)}/${row.mapIndex}/${row.generation}/${operationText(row)}`;

export const operationText = (op: OperationKey): string => `${op.key}#${op.occurrence}`;
