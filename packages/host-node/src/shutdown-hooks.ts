import { type Logger, type Runtime, within } from "@pawl/kernel/ports";

export type ShutdownHook = () => void | Promise<void>;

export interface ShutdownHookOptions {
  /** Higher ones run first; those of one priority run in the order they were added. Default 0. */
  readonly priority?: number;
  /** After that the next one runs, whatever became of this one. Default 5,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;

/** What is to be done when the host has stopped, in order, each within its time. */
export class ShutdownHooks {
  #hooks: readonly (Required<ShutdownHookOptions> & { readonly run: ShutdownHook })[] = [];

  add(run: ShutdownHook, { priority = 0, timeoutMs = TIMEOUT_MS }: ShutdownHookOptions = {}): void {
    this.#hooks = [...this.#hooks, { run, priority, timeoutMs }];
  }

  /** Runs each hook; one that fails or hangs is logged and keeps none from running. */
  async runAll(runtime: Pick<Runtime, "after">, logger: Logger): Promise<void> {
    const hooks = this.#hooks.toSorted((a, b) => b.priority - a.priority);
    for (const { run, priority, timeoutMs } of hooks) {
      const done = Promise.resolve()
        .then(run)
        .catch((error: unknown) => {
          logger.log("error", "a shutdown hook failed", { priority, error });
        });
      if (await within(runtime, done, timeoutMs)) continue;
      logger.log("error", "a shutdown hook did not end in time", { priority, timeoutMs });
    }
  }
}
