import { EngineError } from "../errors/engine-error.ts";
import type { RunId } from "../state/ids.ts";

/** After this a claim tries again: somebody may have mended the row. */
const PASSED_OVER_MS = 60_000;
const RUNS_MAX = 1_000;

/** Runs of which a row could not be read: claims pass over them for a while. */
export class DamagedRuns {
  /** Until when, in monotonic time, the earliest first. */
  readonly #until = new Map<RunId, number>();

  add(runId: RunId, now: number): void {
    this.#until.delete(runId);
    this.#until.set(runId, now + PASSED_OVER_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > RUNS_MAX && oldest !== undefined) this.#until.delete(oldest);
  }

  passedOver(now: number): readonly RunId[] {
    if (this.#until.size === 0) return [];
    for (const [runId, until] of this.#until) if (until <= now) this.#until.delete(runId);
    return [...this.#until.keys()];
  }
}

/** The run whose row a `CorruptRowError` is about. */
export function runOfDamagedRow(error: unknown): RunId | undefined {
  if (!EngineError.is(error, "E_ROW_CORRUPT")) return undefined;
  const { table, key } = error.details as {
    readonly table?: unknown;
    readonly key?: { readonly id?: unknown; readonly runId?: unknown };
  };
  const runId = table === "runs" ? key?.id : key?.runId;
  return typeof runId === "string" ? runId : undefined;
}
