import type { RunId } from "../state/ids.ts";

/** An event by its place in its run. */
export interface EventPlace {
  readonly runId: RunId;
  readonly rev: number;
}

/** More runs than this at once are a sink that is down, not events that it will not take. */
const RUNS_MAX = 10_000;

/** How often in a row the sink refused the next event of a run: this process's patience only. */
export class DeliveryRefusals {
  /** The run refused the longest ago first. */
  readonly #byRun = new Map<RunId, { readonly rev: number; readonly times: number }>();

  of({ runId, rev }: EventPlace): number {
    const refused = this.#byRun.get(runId);
    return refused?.rev === rev ? refused.times : 0;
  }

  /** Counts one more, and answers how many there are. */
  add(event: EventPlace): number {
    const times = this.of(event) + 1;
    this.#byRun.delete(event.runId);
    this.#byRun.set(event.runId, { rev: event.rev, times });
    const [oldest] = this.#byRun.keys();
    if (this.#byRun.size > RUNS_MAX && oldest !== undefined) this.#byRun.delete(oldest);
    return times;
  }

  forget(runId: RunId): void {
    this.#byRun.delete(runId);
  }
}
