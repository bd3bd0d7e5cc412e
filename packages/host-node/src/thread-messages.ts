import type { HeartbeatDescriptor, HeartbeatReply, SessionRef } from "@pawl/kernel/ports";

/** What the heartbeat's thread is given at its start. Instants are nanoseconds of `hrtime`. */
export interface ThreadData {
  readonly descriptor: HeartbeatDescriptor;
  /** When the main loop turned last, and how much it executes. */
  readonly main: BigInt64Array<SharedArrayBuffer>;
  /** A main loop that has not turned for so long is not beaten for. */
  readonly maxLoopBlockMs: number;
}

export const TURNED_AT = 0;
export const LOAD = 1;

/** A session to renew, from the moment that it was opened. */
export interface Renewing {
  readonly session: SessionRef;
  readonly ttlMs: number;
  /** Between renewals. */
  readonly everyMs: number;
  /** For how long after a renewal was asked for the next one may be. */
  readonly usableMs: number;
  /** Instant before the last renewal, by whomever, was asked for; at first that of opening. */
  readonly renewedAt: BigInt64Array<SharedArrayBuffer>;
}

export type ToThread =
  | { readonly type: "renew"; readonly renewing: Renewing }
  /** There is no session now. */
  | { readonly type: "rest" }
  | { readonly type: "close" };

export type FromThread =
  | {
      readonly type: "answered";
      readonly session: SessionRef;
      readonly reply: HeartbeatReply;
      /** Before the request was sent. */
      readonly sentAt: bigint;
    }
  | { readonly type: "failed"; readonly why: string };

/** The clock that all threads of a process share; it never steps back. */
export const instant = (): bigint => process.hrtime.bigint();

export const msSince = (then: bigint, now: bigint): number => Number(now - then) / 1e6;

/** Notes a renewal; those that were asked for earlier are answered later now and then. */
export function noteRenewal({ renewedAt }: Renewing, sentAt: bigint): void {
  for (let known = Atomics.load(renewedAt, 0); known < sentAt; ) {
    const found = Atomics.compareExchange(renewedAt, 0, known, sentAt);
    if (found === known) return;
    known = found;
  }
}
