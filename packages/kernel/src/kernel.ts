import { advanceRun } from "./commands/advance-run.ts";
import { beatWorker, expireSessions } from "./commands/beat-worker.ts";
import { claimJobs } from "./commands/claim-job.ts";
import type { Commands, CommandType } from "./commands/command.ts";
import { controlRun } from "./commands/control-run.ts";
import { createManyRuns } from "./commands/create-many-runs.ts";
import { createRun } from "./commands/create-run.ts";
import { discardDeadLetter, listDeadLetters, replayDeadLetter } from "./commands/dead-letters.ts";
import { deleteRun, purgeRuns } from "./commands/delete-run.ts";
import { createEngine, type KernelParts } from "./commands/create-engine.ts";
import type { Engine } from "./commands/engine.ts";
import { flushOutbox } from "./commands/flush-outbox.ts";
import { maintain, type Maintained } from "./commands/maintain.ts";
import type { Poke } from "./commands/pokes.ts";
import { reapStale } from "./commands/reap-lease.ts";
import { registerWorker } from "./commands/register-worker.ts";
import { deregisterWorker, drainWorker } from "./commands/release-worker.ts";
import { claimPending } from "./commands/start-run.ts";
import { pollSuspended } from "./commands/wake-stage.ts";
import { EngineError } from "./errors/engine-error.ts";
import { executeJob } from "./execute/execute-job.ts";
import { createQueries, type Queries } from "./queries/queries.ts";

/** The engine: one way in for commands, one for queries. It never acts by itself; hosts do. */
export interface Kernel {
  /**
   * Carries out a command; its result is typed by `command.type`.
   *
   * @throws EngineError, E_COMMAND_UNKNOWN for a type that does not exist
   */
  dispatch<T extends CommandType>(
    command: Extract<Commands[T][0], { readonly type: T }>,
  ): Promise<Commands[T][1]>;
  readonly query: Queries;
  /** One round of maintenance; hosts call it on a beat. */
  maintain(): Promise<Maintained>;
  /** Stops executions whose session is past its own deadline; hosts call it often. */
  expireSessions(): void;
  /** News of this process, to act sooner than a poll would. Answers how to stop listening. */
  listen(listener: (poke: Poke) => void): () => void;
}

type Handlers = {
  readonly [T in CommandType]: (
    engine: Engine,
    command: Commands[T][0],
  ) => Promise<Commands[T][1]>;
};

const HANDLERS: Handlers = {
  "run.create": createRun,
  "run.createMany": createManyRuns,
  "run.claimPending": claimPending,
  "run.transition": (engine, { workflowRunId }) => advanceRun(engine, workflowRunId),
  "run.cancel": controlRun,
  "run.terminate": controlRun,
  "run.pause": controlRun,
  "run.resume": controlRun,
  "run.delete": deleteRun,
  "run.purge": purgeRuns,
  "job.claim": claimJobs,
  "job.execute": executeJob,
  "stage.pollSuspended": pollSuspended,
  "lease.reapStale": reapStale,
  "outbox.flush": flushOutbox,
  "worker.register": registerWorker,
  "worker.beat": beatWorker,
  "worker.drain": drainWorker,
  "worker.deregister": deregisterWorker,
  "deadletter.list": listDeadLetters,
  "deadletter.replay": replayDeadLetter,
  "deadletter.discard": discardDeadLetter,
};

export function createKernel(parts: KernelParts): Kernel {
  const engine = createEngine(parts);
  return {
    query: createQueries(engine),
    maintain: () => maintain(engine),
    expireSessions: () => expireSessions(engine),
    listen: (listener) => engine.pokes.listen(listener),
    dispatch: async (command) => {
      const { type } = command;
      if (!Object.hasOwn(HANDLERS, type)) throw unknownCommand(type);
      const handle = HANDLERS[type] as (engine: Engine, command: unknown) => Promise<never>;
      return handle(engine, command);
    },
  };
}

const unknownCommand = (type: unknown): EngineError =>
  new EngineError(
    "E_COMMAND_UNKNOWN",
    `There is no command ${JSON.stringify(type)}. Known: ${Object.keys(HANDLERS).join(", ")}.`,
    { details: { type } },
  );
