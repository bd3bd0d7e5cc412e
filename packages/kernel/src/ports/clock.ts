import type { EpochMs } from "../state/time.ts";

/** Time of this process. What is due is decided by database time; this is for logs and waiting. */
export interface Clock {
  now(): EpochMs;
  /** Milliseconds that never step back, from an arbitrary origin. */
  monotonic(): number;
}
