import type { ExecutionBudget } from "../engine/command.ts";
import type { Execution } from "./execution.ts";

/** Tells the executions of one job, one after the other, of what their host allows. */
export class Budget {
  #execution: Execution | undefined;
  #isSpent = false;
  #isOver = false;

  constructor(asked: ExecutionBudget | undefined) {
    if (!asked) return;
    const spend = (): void => {
      this.#isSpent = true;
      this.#tell();
    };
    const end = (): void => {
      this.#isOver = true;
      this.#tell();
    };
    asked.spent.then(spend, spend);
    asked.over.then(end, end);
  }

  /** From now on this is the execution to be told, of what was asked for before too. */
  bind(execution: Execution): void {
    this.#execution = execution;
    this.#tell();
  }

  /** The job has ended: what comes is no news for it. */
  release(): void {
    this.#execution = undefined;
  }

  #tell(): void {
    if (this.#isSpent) this.#execution?.hold();
    if (this.#isOver) this.#execution?.interrupt(outOfTime());
  }
}

const outOfTime = (): Error =>
  new Error(
    "The host's time was over before what the stage was doing ended: it will be done again.",
  );
