import type { BodyState } from "./body.ts";
import type { Execution } from "./execution.ts";

/**
 * Between two settlements: lets the body run until it waits for nothing else, artifacts included,
 * however long they take, so that it sees the second one in the same place at every execution.
 */
export async function atRest(execution: Execution): Promise<void> {
  const { runtime } = execution.engine;
  await runtime.turn();
  while (execution.artifacts > 0 && !execution.closed) {
    await execution.pulse.next();
    await runtime.turn();
  }
}

/**
 * True when the body has come to rest: over so many host turns it made no durable call, nothing
 * settled and it did not end. A stage that was seen awaiting something not durable beside a wait
 * must stay at rest for longer.
 */
export async function isQuiet(
  execution: Execution,
  body: BodyState,
  { turns }: { readonly turns: number },
): Promise<boolean> {
  const { runtime, limits } = execution.engine;
  const { calls, inFlight } = execution;
  const unmoved = (): boolean =>
    execution.calls === calls &&
    execution.inFlight === inFlight &&
    execution.settlements.pending === 0 &&
    !body.ended &&
    !execution.stopped;
  for (let turn = 0; turn < turns; turn++) {
    await runtime.turn();
    if (!unmoved()) return false;
  }
  if (!execution.claimed.stage.nondurable || inFlight > 0) return true;
  await runtime.after(limits.nondurableResidentMs, { cancelled: execution.pulse.next() });
  return unmoved();
}
