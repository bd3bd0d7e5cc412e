import type { Job } from "../state/dispatch.ts";
import type { EpochMs } from "../state/time.ts";

export interface TransportCapabilities {
  readonly delivery: "pull" | "push";
  /** The ready stage row is the job: hosts claim and never dequeue. */
  readonly colocated: boolean;
  readonly maxDelayMs: number;
  readonly maxMessageBytes: number;
  readonly maxBatch: number;
  readonly priority: boolean;
}

export interface OutgoingJob {
  readonly job: Job;
  /** By the clock of the process that sends it. */
  readonly notBefore: EpochMs;
  readonly priority: number;
}

export interface Delivery {
  /** As received: untrusted, perhaps malformed. */
  readonly body: unknown;
  readonly receipt: string;
}

export interface DequeueRequest {
  readonly workerId: string;
  readonly limit: number;
  /** How long to wait for a first job. */
  readonly waitMs: number;
}

/**
 * Carries hints. It may lose, double, delay or reorder everything; no run notices but by latency.
 *
 * - **TRANSPORT-1** An enqueued job is delivered, not before `notBefore`, when nothing fails.
 * - **TRANSPORT-2** A job that was acknowledged is not delivered again.
 * - **TRANSPORT-3** `nack` delivers again, not before the delay.
 * - **TRANSPORT-4** A receipt neither acknowledged nor extended is delivered again.
 * - **TRANSPORT-5** `dequeue` waits at most `waitMs` and answers at most `limit`.
 * - **TRANSPORT-6** A stale or unknown receipt is a no-op.
 * - **TRANSPORT-7** A colocated transport refuses `enqueue` and `dequeue` with a typed error.
 */
export interface JobTransport {
  readonly capabilities: TransportCapabilities;
  enqueue(jobs: readonly OutgoingJob[]): Promise<void>;
  dequeue(request: DequeueRequest): Promise<readonly Delivery[]>;
  ack(receipts: readonly string[]): Promise<void>;
  nack(receipt: string, options: { readonly delayMs: number }): Promise<void>;
  extend(receipt: string, ms: number): Promise<void>;
  close(): Promise<void>;
}
