import type { Clock } from "@pawl/kernel/ports";
import type { Executions } from "./executions.ts";

/** How long a worker that is never idle makes room for suspects. */
const TURN_MS = 10_000;

/**
 * Room for suspects, which are claimed alone, on a worker that is never idle: for a while slots
 * that come free stay empty, and whenever nothing runs a suspect may be taken.
 */
export class SuspectTurn {
  readonly #executions: Executions;
  readonly #clock: Pick<Clock, "monotonic">;
  #until: number | undefined;

  constructor(executions: Executions, clock: Pick<Clock, "monotonic">) {
    this.#executions = executions;
    this.#clock = clock;
  }

  begin(): void {
    if (this.#until !== undefined) return;
    this.#until = this.#clock.monotonic() + TURN_MS;
    this.#executions.leaveEmpty(true);
  }

  end(): void {
    this.#until = undefined;
    this.#executions.leaveEmpty(false);
  }

  /** True while there is a turn; one whose time is up ends. */
  get isOn(): boolean {
    if (this.#until !== undefined && this.#clock.monotonic() >= this.#until) this.end();
    return this.#until !== undefined;
  }
}
