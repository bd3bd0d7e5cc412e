import { expireSessions } from "./commands/beat-worker.ts";
import { claimJobs } from "./commands/claim-job.ts";
import { type Maintained, type MaintenanceBounds, maintain } from "./commands/maintain.ts";
import { runHandlers } from "./commands/run-handlers.ts";
import { workerHandlers } from "./commands/worker-handlers.ts";
import { shown } from "./define/check-options.ts";
import type { Commands, CommandType } from "./engine/command.ts";
import { createEngine, type KernelParts } from "./engine/create-engine.ts";
import type { Engine } from "./engine/engine.ts";
import type { Handlers } from "./engine/handler.ts";
import type { Poke } from "./engine/pokes.ts";
import type { StartSlotSource } from "./engine/start-slots.ts";
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
    command: { readonly type: T } & Commands[T][0],
  ): Promise<Commands[T][1]>;
  readonly query: Queries;
  /** One round of maintenance; hosts call it on a beat. */
  maintain(bounds?: MaintenanceBounds): Promise<Maintained>;
  /** Stops executions whose session is past its own deadline; hosts call it often. */
  expireSessions(): void;
  /** News of this process, to act sooner than a poll would. Answers how to stop listening. */
  listen(listener: (poke: Poke) => void): () => void;
  /**
   * Offers room of a host: a run that starts in this process may take it and begin under the
   * host's session in the commit that starts it. Answers how to offer no more.
   */
  offerStartSlots(source: StartSlotSource): () => void;
}

const HANDLERS: Handlers<string> = {
  ...runHandlers,
  ...workerHandlers,
  "job.claim": claimJobs,
  "job.execute": executeJob,
};

export function createKernel(parts: KernelParts): Kernel {
  const engine = createEngine(parts);
  return {
    query: createQueries(engine),
    maintain: (bounds) => maintain(engine, bounds),
    expireSessions: () => expireSessions(engine),
    listen: (listener) => engine.pokes.listen(listener),
    offerStartSlots: (source) => engine.startSlots.offer(source),
    dispatch: async (command) => {
      const type = command?.type;
      if (typeof type !== "string" || !Object.hasOwn(HANDLERS, type)) throw unknownCommand(type);
      checkTarget(command);
      const handle = HANDLERS[type] as (engine: Engine, command: unknown) => Promise<never>;
      return handle(engine, command);
    },
  };
}

const LETTER = 'needs "id", the id of a dead letter as deadletter.list answers it';
const RUN = 'needs "workflowRunId", the id of a run';

/** What commands on one thing need to know it by; the rest of them is told elsewhere. */
const TARGETS: { readonly [T in CommandType]?: string } = {
  "deadletter.replay": LETTER,
  "deadletter.discard": LETTER,
  "run.cancel": RUN,
  "run.terminate": RUN,
  "run.pause": RUN,
  "run.resume": RUN,
  "run.delete": RUN,
};

function checkTarget(command: { readonly type: CommandType }): void {
  const { type, id, workflowRunId } = command as Readonly<Record<string, unknown>>;
  const needs = TARGETS[type as CommandType];
  const target = needs === LETTER ? id : workflowRunId;
  if (needs === undefined || typeof target === "string") return;
  const says = `${type} ${needs}; ${shown(target)} was given.`;
  throw new EngineError("E_ARGUMENT_INVALID", says, { details: { type } });
}

const unknownCommand = (type: unknown): EngineError =>
  new EngineError(
    "E_COMMAND_UNKNOWN",
    `There is no command ${JSON.stringify(type)}. Known: ${Object.keys(HANDLERS).join(", ")}.`,
    { details: { type } },
  );
