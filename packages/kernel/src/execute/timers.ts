import { type Duration, toMs } from "../define/duration.ts";
import { checkId } from "../define/stage.ts";
import { EngineError } from "../errors/engine-error.ts";
import { call, rejected } from "./call.ts";
import type { Execution } from "./execution.ts";
import { openWait } from "./waits.ts";

/** Waits a duration from when it is first asked for. */
export function sleep(execution: Execution, key: string, duration: Duration): Promise<void> {
  try {
    checkId(key, "sleep");
    const ms = toMs(duration, `Duration of sleep "${key}"`);
    return timer(execution, key, () => execution.dbTime() + Math.ceil(ms));
  } catch (error) {
    return rejected(error);
  }
}

/** Waits until an instant; one in the past settles at once. */
export function sleepUntil(
  execution: Execution,
  key: string,
  instant: number | { valueOf(): number },
): Promise<void> {
  const at = Number(instant.valueOf());
  if (Number.isFinite(at)) return timer(execution, key, () => Math.ceil(at));
  return rejected(
    new EngineError(
      "E_ARGUMENT_INVALID",
      `sleepUntil "${key}" got ${String(instant)}; give epoch milliseconds or a valid Date.`,
    ),
  );
}

function timer(execution: Execution, key: string, dueAt: () => number): Promise<void> {
  return call(execution, { key, kind: { type: "wait", kind: "timer" } }, (operation) => {
    openWait(execution, { operation, kind: "timer", key, dueAt: dueAt() });
  }) as Promise<void>;
}
