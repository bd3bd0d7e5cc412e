import { bindEngine, type StartEngine } from "../engine/bound-engine.ts";
import { checkCommand } from "../engine/check-command.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { createManyRuns } from "./create-many-runs.ts";
import { createRun } from "./create-run.ts";
import { storeDefinitions } from "./register-definitions.ts";

type BoundCommandType = "run.create" | "run.createMany";

const HANDLERS: {
  readonly [T in BoundCommandType]: (
    engine: StartEngine,
    command: Commands[T][0],
  ) => Promise<Commands[T][1]>;
} = { "run.create": createRun, "run.createMany": createManyRuns };

/** Starts of runs inside a transaction of the caller's. */
export interface BoundKernel {
  /**
   * Starts runs that exist once the caller's transaction commits, and never if it is rolled back.
   *
   * @throws EngineError as `Kernel.dispatch` does, E_COMMAND_UNKNOWN for another verb
   */
  dispatch<T extends BoundCommandType>(
    command: { readonly type: T } & Commands[T][0],
  ): Promise<Commands[T][1]>;
  /**
   * To be called once the transaction has committed: the runs begin at once, their jobs are handed
   * to a transport that delivers. Without it a worker finds them when it looks the next time.
   */
  afterCommit(): Promise<void>;
}

/** @throws EngineError E_UNSUPPORTED, E_ARGUMENT_INVALID */
export function bindStarts(engine: Engine, transaction: unknown): BoundKernel {
  const bound = bindEngine(engine, transaction);
  return {
    dispatch: async (command) => {
      checkCommand(command, HANDLERS);
      const handle = HANDLERS[command.type] as (
        engine: StartEngine,
        command: unknown,
      ) => Promise<never>;
      return handle(bound.engine, command);
    },
    afterCommit: async () => {
      bound.tell();
      await engine.dispatcher.handedOver();
      await storeDefinitions(engine);
    },
  };
}
