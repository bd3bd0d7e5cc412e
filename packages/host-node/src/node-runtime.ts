import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { Cancellation, Runtime } from "@pawl/kernel/ports";
import { Cancellations } from "./cancellations.ts";

export interface NodeRuntimeOptions {
  /** Waiting keeps the process alive unless true. Default false. */
  readonly unref?: boolean;
}

/** A longer timer of the platform would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Timers, aborts, hashes and asynchronous scope of Node. */
export function createNodeRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const scope = new AsyncLocalStorage<object>();
  const cancellations = new Cancellations();
  return {
    after: (ms, cancel) => wait({ ms, cancel, cancellations, unref: options.unref ?? false }),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    newAbort: () => new AbortController(),
    scope: { run: (mark, body) => scope.run(mark, body), current: () => scope.getStore() },
    digest: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
  };
}

interface Waiting {
  readonly ms: number;
  readonly cancel: Cancellation | undefined;
  readonly cancellations: Cancellations;
  readonly unref: boolean;
}

/** Long delays are waited in pieces that a timer of the platform can hold. */
function wait({ ms, cancel, cancellations, unref }: Waiting): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let left = Math.max(0, ms);
    const settle = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const forget = cancel ? cancellations.add(cancel.cancelled, settle) : () => {};
    const arm = (): void => {
      const piece = Math.min(left, TIMER_MS_MAX);
      left -= piece;
      timer = setTimeout(left > 0 ? arm : settle, piece);
      if (unref) timer.unref();
    };
    arm();
  });
}
