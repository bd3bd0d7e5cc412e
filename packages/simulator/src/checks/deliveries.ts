import type { EventRow } from "@pawl/kernel/ports";
import { isTerminalRun } from "@pawl/kernel/ports";
import type { RowsOfRun } from "@pawl/persistence-memory";

type Runs = ReadonlyMap<string, RowsOfRun>;

/** What the event sink was given: every event that is stored, in order, and no other. */
export class Deliveries {
  readonly #runs: Runs;
  /** Last rev, by run. */
  readonly #last = new Map<string, number>();

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  /** Notes an event; answers what is wrong with it. */
  take({ runId, rev, type, commitId }: EventRow): readonly string[] {
    const last = this.#last.get(runId) ?? 0;
    this.#last.set(runId, Math.max(last, rev));
    const stored = this.#runs.get(runId)?.events.find((event) => event.rev === rev);
    const isStored = stored?.type === type && stored.commitId === commitId;
    return [
      ...(rev > last + 1 ? [`run ${runId}: rev ${rev} came after ${last}`] : []),
      ...(isStored ? [] : [`run ${runId}: ${type} came as rev ${rev}, which is ${stored?.type}`]),
    ];
  }

  /** Runs that have ended and of which something never came. */
  check(): readonly string[] {
    return [...this.#runs].flatMap(([runId, { runs }]) => {
      const [run] = runs;
      if (!run || run.sinkRev === null || !isTerminalRun(run.status)) return [];
      const last = this.#last.get(runId) ?? 0;
      return last === run.rev ? [] : [`run ${runId}: ${last} of ${run.rev} events came`];
    });
  }
}
