import { type AnyWorkflow, type Limits, type StepScope, TerminalError } from "@pawl/kernel";
import type { Control } from "../seed/scenario.ts";

/** How the body of a step behaves. */
export interface Behaviour {
  /** Attempts that throw before one returns. */
  readonly fails?: number;
  /** Throws what no attempt can mend. */
  readonly terminal?: boolean;
  readonly workMs?: number;
  readonly atMostOnce?: boolean;
}

/** Makes bodies of steps whose every entry is counted outside the store. */
export interface Bodies {
  answers<T>(value: T, behaviour?: Behaviour): (scope: StepScope) => Promise<T>;
}

/** A workflow with what its starter asks for: it comes out alike wherever a process dies. */
export interface Example {
  readonly id: string;
  workflow(bodies: Bodies): AnyWorkflow;
  readonly input?: unknown;
  /** The starter is part of the worker's process, and dies with it. */
  readonly beside?: true;
  /** Started twice at once with it; without it, once. */
  readonly idempotencyKey?: string;
  /** The run is pending for so long. */
  readonly delayMs?: number;
  /** What the starter asks for later, in order of time. */
  readonly controls?: readonly Omit<Control, "start">[];
  /** Jobs are delivered by a queue, and the worker looks for nothing else. */
  readonly queue?: true;
  readonly limits?: Partial<Limits>;
  /** May stand still in doubt, where a process died. */
  readonly mayBeInDoubt?: true;
}

/** What a body does when it is entered, before its behaviour begins. */
export interface BodyEntry {
  entered(scope: StepScope, behaviour: Behaviour): void;
  threw(scope: StepScope): void;
  work(ms: number): Promise<void>;
}

export const bodiesOf = (entry: BodyEntry): Bodies => ({
  answers:
    (value, behaviour = {}) =>
    async (scope) => {
      entry.entered(scope, behaviour);
      const { workMs = 0, fails = 0, terminal } = behaviour;
      if (workMs > 0) await entry.work(workMs);
      if (scope.attempt > fails) return value;
      entry.threw(scope);
      throw terminal ? new TerminalError("never") : new BodyFailed(`attempt ${scope.attempt}`);
    },
});

class BodyFailed extends Error {
  override name = "BodyFailed";
}
