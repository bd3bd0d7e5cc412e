import { shown } from "../define/check-options.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { Command, CommandType } from "./command.ts";

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

/**
 * Refuses a command that nobody knows, or that does not say what it is about.
 *
 * @throws EngineError E_COMMAND_UNKNOWN, E_ARGUMENT_INVALID
 */
export function checkCommand(
  command: { readonly type: unknown } | null | undefined,
  handlers: object,
): asserts command is Command {
  const type = command?.type;
  if (typeof type !== "string" || !Object.hasOwn(handlers, type)) {
    throw unknownCommand(type, handlers);
  }
  const { id, workflowRunId } = command as Readonly<Record<string, unknown>>;
  const needs = TARGETS[type as CommandType];
  const target = needs === LETTER ? id : workflowRunId;
  if (needs === undefined || typeof target === "string") return;
  const says = `${type} ${needs}; ${shown(target)} was given.`;
  throw new EngineError("E_ARGUMENT_INVALID", says, { details: { type } });
}

const unknownCommand = (type: unknown, handlers: object): EngineError =>
  new EngineError(
    "E_COMMAND_UNKNOWN",
    `There is no command ${JSON.stringify(type)}. Known: ${Object.keys(handlers).join(", ")}.`,
    { details: { type } },
  );
