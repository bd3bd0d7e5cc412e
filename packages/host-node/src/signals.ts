import type { Logger } from "@pawl/kernel/ports";

/** What of Node's `process` ends a program. */
export interface SignalSource {
  on(signal: "SIGTERM" | "SIGINT", listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: "SIGTERM" | "SIGINT", listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code?: number): void;
}

const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * The first signal stops, then ends the process; a second one ends it at once, with the exit code
 * of that signal. Answers how to stop listening.
 */
export function listenToSignals(
  stop: () => Promise<void>,
  logger: Logger,
  source: SignalSource = process,
): () => void {
  let stopping = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (stopping) {
      source.exit(EXIT_CODES[signal] ?? 1);
      return;
    }
    stopping = true;
    logger.log("info", "stopping; a second signal ends the process at once", { signal });
    void stop().then(
      () => source.exit(),
      (error: unknown) => {
        logger.log("error", "the host could not stop in order", { error });
        source.exit(1);
      },
    );
  };
  source.on("SIGTERM", listener);
  source.on("SIGINT", listener);
  return () => {
    source.off("SIGTERM", listener);
    source.off("SIGINT", listener);
  };
}
