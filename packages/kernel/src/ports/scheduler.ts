import type { EpochMs } from "../state/time.ts";

/** Advisory "poke me at t". Truth is in rows; without a scheduler only latency suffers. */
export interface Scheduler {
  schedule(type: string, payload: unknown, runAt: EpochMs): Promise<void>;
  cancel(type: string, correlationId: string): Promise<void>;
}
