import type { SessionId } from "./ids.ts";
import type { EpochMs } from "./time.ts";

/** A session as it was at one instant: every beat raises the version. */
export type SeenSession = Pick<WorkerRow, "id" | "version">;

/** A worker session: one lease for all stages that its process runs. */
export interface WorkerRow {
  readonly id: SessionId;
  readonly namespace: string;
  readonly workerId: string;
  readonly epoch: number;
  readonly version: number;
  readonly status: "active" | "draining" | "gone";
  readonly expiresAt: EpochMs;
  readonly host: string;
  readonly pid: number;
  readonly build: string;
  readonly queues: readonly string[];
  readonly definitions: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Stages that it runs at its last heartbeat. */
  readonly load: number;
  readonly startedAt: EpochMs;
  readonly beatAt: EpochMs;
  /**
   * Lock that the database holds for as long as the connection lives which renewed the session
   * last; null where there is none. Free again, its process is dead, or has lost the connection.
   */
  readonly lockName: string | null;
}
