import { expireSessions } from "./commands/beat-worker.ts";
import { type BoundKernel, bindStarts } from "./commands/bind-starts.ts";
import { type Maintained, type MaintenanceBounds, maintain } from "./commands/maintain.ts";
import { runHandlers } from "./commands/run-handlers.ts";
import { workerHandlers } from "./commands/worker-handlers.ts";
import { listenToOthers } from "./engine/announce-work.ts";
import { checkCommand } from "./engine/check-command.ts";
import type { Commands, CommandType } from "./engine/command.ts";
import { createEngine, type KernelParts } from "./engine/create-engine.ts";
import type { Engine } from "./engine/engine.ts";
import type { Handlers } from "./engine/handler.ts";
import type { RenewalSource } from "./engine/live-sessions.ts";
import type { Poke } from "./engine/pokes.ts";
import type { StartSlotSource } from "./engine/start-slots.ts";
import { jobHandlers } from "./execute/job-handlers.ts";
import { createQueries, type Queries } from "./queries/queries.ts";
import type { SessionRef } from "./state/ids.ts";

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
  /**
   * Starts inside a transaction of the caller's, which the persistence knows how to use: a client
   * of `pg` after BEGIN, for example. They stand and fall with it.
   *
   * @throws EngineError E_UNSUPPORTED where the persistence can't, E_ARGUMENT_INVALID
   */
  bind(transaction: unknown): BoundKernel;
  /** One round of maintenance; hosts call it on a beat. */
  maintain(bounds?: MaintenanceBounds): Promise<Maintained>;
  /**
   * Resolves when the jobs of all that was committed so far are with the transport, or left to the
   * relay: before a process ends or is frozen. It never throws.
   */
  handedOver(): Promise<void>;
  /** Stops executions whose session is past its own deadline; hosts call it often. */
  expireSessions(): void;
  /**
   * Says where to read when a session of this process was renewed by somebody else, such as a
   * thread: its deadline is counted from there, too.
   */
  followRenewals(session: SessionRef, source: RenewalSource): void;
  /** News of this process, to act sooner than a poll would. Answers how to stop listening. */
  listen(listener: (poke: Poke) => void): () => void;
  /**
   * News of other processes, where the store brings them: a stage of a queue may be claimed, or of
   * any. They may be lost, so a poll stays. Answers how to stop listening.
   */
  listenToOthers(heard: (queue?: string) => void): () => Promise<void>;
  /**
   * Offers room of a host: a run that starts in this process may take it and begin under the
   * host's session in the commit that starts it. Answers how to offer no more.
   */
  offerStartSlots(source: StartSlotSource): () => void;
}

const HANDLERS: Handlers<string> = {
  ...runHandlers,
  ...workerHandlers,
  ...jobHandlers,
};

export function createKernel(parts: KernelParts): Kernel {
  const engine = createEngine(parts);
  return {
    query: createQueries(engine),
    bind: (transaction) => bindStarts(engine, transaction),
    maintain: (bounds) => maintain(engine, bounds),
    handedOver: () => engine.dispatcher.handedOver(),
    expireSessions: () => expireSessions(engine),
    followRenewals: ({ id }, source) => engine.sessions.get(id)?.follow(source),
    listen: (listener) => engine.pokes.listen(listener),
    listenToOthers: (heard) => listenToOthers(engine, heard),
    offerStartSlots: (source) => engine.startSlots.offer(source),
    dispatch: async (command) => {
      checkCommand(command, HANDLERS);
      const handle = HANDLERS[command.type] as (engine: Engine, command: unknown) => Promise<never>;
      return handle(engine, command);
    },
  };
}
