import { EngineError } from "@pawl/kernel";
import { ErrorCode } from "bullmq";

/** Redis is out of reach, or refused. What was asked for may have been done all the same. */
export class TransportUnavailableError extends EngineError {
  constructor(verb: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : "it does not answer";
    super("E_TRANSPORT_UNAVAILABLE", `The BullMQ transport could not ${verb}: ${why}.`, {
      details: { verb },
      cause: bare(cause),
    });
  }
}

/** Without the command that ioredis adds, which may be the one with a password. */
function bare(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const { message, name, stack } = cause;
  const code = "code" in cause ? { code: cause.code } : {};
  return Object.assign(new Error(message), { name, stack, ...code });
}

/** The transport was closed: the process is going down, or closed it too early. */
export class TransportClosedError extends EngineError {
  constructor(verb: string) {
    super(
      "E_TRANSPORT_UNAVAILABLE",
      `The BullMQ transport is closed and can't ${verb}. Stop hosts before closing it.`,
      { details: { verb } },
    );
  }
}

const NOT_HELD: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
];

/** BullMQ's word for a job that is no longer held under the token given. */
export const isNotHeld = (error: unknown): boolean =>
  error instanceof Error && "code" in error && NOT_HELD.includes(error.code);
