import { EngineError, type EngineErrorOptions } from "./engine-error.ts";

/** A wait's timeout passed before what it waited for. */
export class WaitTimeoutError extends EngineError {
  constructor(message: string, options?: EngineErrorOptions) {
    super("E_WAIT_TIMEOUT", message, options);
  }
}

/** A step's body did not end within its time limit. */
export class StepTimeoutError extends EngineError {
  constructor(message: string, options?: EngineErrorOptions) {
    super("E_STEP_TIMEOUT", message, options);
  }
}

/** A stage attempt did not end within its time limit. */
export class StageTimeoutError extends EngineError {
  constructor(message: string, options?: EngineErrorOptions) {
    super("E_STAGE_TIMEOUT", message, options);
  }
}

/** The body no longer matches what it did before; the stage is held, not failed. */
export class NonDeterminismError extends EngineError {
  constructor(message: string, options?: EngineErrorOptions) {
    super("E_NONDETERMINISM", message, options);
  }
}

/** An `atMostOnce` step was entered by a lost execution: nobody knows whether it took effect. */
export class StepInDoubtError extends EngineError {
  readonly permanent: boolean = true;

  constructor(message: string, options?: EngineErrorOptions) {
    super("E_STEP_IN_DOUBT", message, options);
  }
}
