/**
 * Every bound of the engine in one place. Sizes in bytes, times in milliseconds; whole numbers
 * within `LIMIT_RANGES` of `engine/check-limits.ts`, or the kernel is not created.
 */
export interface Limits {
  /** Larger payloads go to the blob store. */
  readonly payloadInlineBytesMax: number;
  /** Larger payloads are logged as a warning. */
  readonly payloadWarnBytes: number;
  /** Larger payloads are refused with E_PAYLOAD_TOO_LARGE. */
  readonly payloadBytesMax: number;
  readonly memoRecordsMax: number;
  readonly memoBytesMax: number;
  readonly stepsPerStageMax: number;
  /** A plan refused for staleness is decided again this often before E_CONFLICT. */
  readonly commitAttemptsMax: number;
  /** Plans in one `commitMany`. */
  readonly commitBatchMax: number;
  readonly stickyStagesMax: number;
  readonly stickyMs: number;
  readonly replayQuietMs: number;
  /** A retry delay up to this is waited in place, a longer one suspends. */
  readonly retryInPlaceMs: number;
  /** Between a soft and a hard time limit. */
  readonly timeoutGraceMs: number;
  /** How long a stage stays after a non-durable await beside a wait was seen. */
  readonly nondurableResidentMs: number;
  /** A stage that a store out of reach interrupted is due again after this. */
  readonly outOfReachRetryMs: number;
  readonly lossesCountedMax: number;
  /** A suspect that no idle worker took for this long makes a busy one keep its slots free. */
  readonly suspectPatienceMs: number;
  readonly priorityAgeingMs: number;
  readonly leaseTtlMs: number;
  readonly leaseMarginMs: number;
  readonly deliveryAttemptsMax: number;
  /** A ready stage that nobody has claimed this long after its dispatch is dispatched again. */
  readonly redispatchMs: number;
  /** Rows that one sweep looks at, of each kind. */
  readonly sweepRows: number;
  /** Rows that tell of commits, and of sessions that are gone, stay this long. */
  readonly evidenceKeptMs: number;
  readonly logLinesPerExecutionMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  payloadInlineBytesMax: 16 * 1024,
  payloadWarnBytes: 1024 * 1024,
  payloadBytesMax: 64 * 1024 * 1024,
  memoRecordsMax: 256,
  memoBytesMax: 256 * 1024,
  stepsPerStageMax: 100_000,
  commitAttemptsMax: 16,
  commitBatchMax: 64,
  stickyStagesMax: 8,
  stickyMs: 2_000,
  replayQuietMs: 30_000,
  retryInPlaceMs: 5_000,
  timeoutGraceMs: 1_000,
  nondurableResidentMs: 5_000,
  outOfReachRetryMs: 1_000,
  lossesCountedMax: 3,
  suspectPatienceMs: 2_000,
  priorityAgeingMs: 60_000,
  leaseTtlMs: 25_000,
  leaseMarginMs: 2_000,
  deliveryAttemptsMax: 20,
  redispatchMs: 30_000,
  sweepRows: 500,
  evidenceKeptMs: 86_400_000,
  logLinesPerExecutionMax: 1_000,
};
