import {
  EngineError,
  type Kernel,
  PersistenceUnavailableError,
  type RunCreated,
  type RunView,
} from "@pawl/kernel";
import { START } from "../world/schedule.ts";
import type { Control, Scenario, Start } from "./scenario.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

interface Started {
  readonly start: Start;
  /** Ids that its calls answered. */
  readonly runIds: Set<string>;
  /** Calls that could not be answered, so that a run may exist that nobody knows of. */
  unanswered: number;
}

const AGAIN_MS = 400;

/** What people ask of the engine while it is simulated, and what they were answered. */
export class Commands {
  readonly #world: SimulatedWorld;
  readonly #scenario: Scenario;
  readonly #started: Started[];
  /** Runs of which a cancel answered that it took effect. */
  readonly #cancelled = new Set<string>();
  /** Runs that somebody asked to end. */
  readonly #askedToEnd = new Set<string>();
  #open = 0;
  /** Controls that were not answered yet. */
  #controls: number;

  constructor(world: SimulatedWorld, scenario: Scenario) {
    this.#world = world;
    this.#scenario = scenario;
    this.#controls = scenario.controls.length;
    this.#started = scenario.starts.map((start) => ({
      start,
      runIds: new Set(),
      unanswered: 0,
    }));
  }

  /** Everything was asked and answered. */
  get settled(): boolean {
    return this.#open === 0;
  }

  /** Lets everything be asked at its time. */
  plan(): void {
    for (const started of this.#started) {
      for (let i = 0; i < started.start.times; i++) {
        this.#at(started.start.at, () => this.#start(started));
      }
    }
    for (const control of this.#scenario.controls) {
      this.#at(control.at, () => this.#control(control));
    }
  }

  /** Nothing stays paused when the weather is fine again and the last control was answered. */
  resumeAll(): void {
    this.#counted(async () => {
      while (this.#controls > 0) await this.#pause();
      const { runs } = this.#world.checks;
      await Promise.all([...runs.keys()].map((runId) => this.#ask(runId, "run.resume")));
    });
  }

  wasAskedToEnd(runId: string): boolean {
    return this.#askedToEnd.has(runId);
  }

  /** Every run that exists, as a reader sees it. */
  async views(): Promise<readonly RunView[]> {
    const { client, checks } = this.#world;
    return Promise.all([...checks.runs.keys()].map((runId) => client.query.getRun(runId)));
  }

  /** What the answers promised and the runs do not keep. */
  check(runs: readonly RunView[]): readonly string[] {
    const messages: string[] = [];
    for (const { start, runIds, unanswered } of this.#started) {
      const { idempotencyKey } = start;
      if (idempotencyKey && runIds.size !== Math.min(1, start.times)) {
        messages.push(`key ${idempotencyKey} answered ${runIds.size} runs`);
      }
      if (!idempotencyKey && runIds.size + unanswered !== start.times) {
        messages.push(`${start.times} starts answered ${runIds.size} runs`);
      }
      for (const id of runIds) {
        if (!runs.some((run) => run.id === id)) messages.push(`run ${id} was answered and is not`);
      }
    }
    const known = this.#started.reduce(
      (sum, { runIds, unanswered }) => sum + runIds.size + unanswered,
      0,
    );
    if (runs.length > known) messages.push(`${runs.length} runs exist, ${known} were asked for`);
    for (const { id, status } of runs) {
      if (this.#cancelled.has(id) && status !== "cancelled") {
        messages.push(`run ${id} was cancelled and is ${status}`);
      }
    }
    return messages;
  }

  #at(ms: number, ask: () => Promise<void>): void {
    this.#open += 1;
    this.#world.after(ms, () => {
      this.#open -= 1;
      this.#counted(ask);
    });
  }

  #counted(ask: () => Promise<void>): void {
    this.#open += 1;
    const end = (): void => {
      this.#open -= 1;
      this.#world.trace.add("asked");
    };
    ask().then(end, (error: unknown) => {
      end();
      this.#world.complain("error", `a command failed: ${String((error as Error).stack ?? error)}`);
    });
  }

  async #start(started: Started): Promise<void> {
    const { workflowId, input, idempotencyKey, delayMs, process, queue, priority } = started.start;
    const more = {
      ...(queue === undefined ? {} : { queue }),
      ...(priority === undefined ? {} : { priority }),
      ...(idempotencyKey ? { idempotencyKey } : {}),
      ...(delayMs === undefined ? {} : { startAt: START + started.start.at + delayMs }),
    };
    const ask = (): Promise<RunCreated> =>
      this.#asking(process, (kernel) =>
        kernel.dispatch({ type: "run.create", workflowId, input, ...more }),
      );
    try {
      const { workflowRunId } = await (idempotencyKey ? this.#insist(ask) : ask());
      started.runIds.add(workflowRunId);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      started.unanswered += 1;
    }
  }

  /** Asks a process, which may be gone before it answers; the client when it does not live. */
  #asking<T>(number: number | undefined, ask: (kernel: Kernel) => Promise<T>): Promise<T> {
    const parts = number === undefined ? undefined : this.#world.processAt(number);
    if (!parts) return ask(this.#world.client);
    const gone = parts.process.ended.then(() => {
      throw new PersistenceUnavailableError("the process is gone");
    });
    return Promise.race([ask(parts.kernel), gone]);
  }

  async #control({ verb, start }: Control): Promise<void> {
    for (const runId of this.#started[start]?.runIds ?? []) await this.#ask(runId, verb);
    this.#controls -= 1;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#world.after(AGAIN_MS, resolve));
  }

  async #ask(workflowRunId: string, type: Control["verb"]): Promise<void> {
    const ends = type === "run.cancel" || type === "run.terminate";
    if (ends) this.#askedToEnd.add(workflowRunId);
    try {
      const { changed } = await this.#insist(() =>
        this.#world.client.dispatch({ type, workflowRunId }),
      );
      if (ends && changed) this.#cancelled.add(workflowRunId);
    } catch (error) {
      if (!EngineError.is(error) || error.kind !== "conflict") throw error;
    }
  }

  /** Asks until it is answered. */
  async #insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        await this.#pause();
      }
    }
  }
}

const isUnavailable = (error: unknown): boolean =>
  EngineError.is(error) && error.kind === "unavailable";
