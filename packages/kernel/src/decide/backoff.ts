import { matchesError, type RetryPolicy } from "../define/retry-policy.ts";
import type { Failure } from "../state/failure.ts";

/** What follows a failed attempt. */
export type Verdict = { readonly retryInMs: number } | { readonly giveUp: GiveUpReason };

export type GiveUpReason = "permanent" | "notRetryable" | "exhausted";

export interface FailedAttempt {
  readonly failure: Failure;
  /** The error itself, or its failure when only that is known. */
  readonly error: unknown;
  /** Which attempt of the budget failed, from 1. */
  readonly attempt: number;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Applies a policy: a permanent failure or a denied error ends at once, even if also allowed;
 * else the next attempt follows `initialDelay × factor^(attempt − 1)`, capped by `maxDelay`,
 * give or take `jitter`. A delay that the failing side named replaces that, with the same cap.
 * Delays are whole milliseconds.
 */
export function nextAttempt(policy: RetryPolicy, failed: FailedAttempt): Verdict {
  const { failure, error, attempt } = failed;
  if (failure.permanent) return { giveUp: "permanent" };
  if (matchesError(error, policy.abortOn)) return { giveUp: "notRetryable" };
  if (policy.retryOn && !matchesError(error, policy.retryOn)) return { giveUp: "notRetryable" };
  if (attempt >= policy.maxAttempts) return { giveUp: "exhausted" };
  return { retryInMs: delayMs(policy, failed) };
}

function delayMs(policy: RetryPolicy, { failure, attempt, random }: FailedAttempt): number {
  if (failure.retryAfterMs !== undefined) {
    return Math.ceil(Math.max(0, Math.min(failure.retryAfterMs, policy.maxDelayMs)));
  }
  const grown = policy.initialDelayMs * policy.factor ** (attempt - 1) || 0;
  const base = Math.min(grown, policy.maxDelayMs);
  const spread = base * policy.jitter * (2 * random - 1);
  return Math.round(Math.max(0, Math.min(base + spread, policy.maxDelayMs)));
}
