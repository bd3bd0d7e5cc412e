import type { Runtime } from "@pawl/kernel/ports";

/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Waits by the machine's timers. */
export const timerRuntime: Pick<Runtime, "after"> = {
  after: (ms, cancel) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, TIMER_MS_MAX));
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      cancel?.cancelled.then(end, end);
    }),
};
