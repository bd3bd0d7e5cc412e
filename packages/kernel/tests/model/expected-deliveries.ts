import { DELIVERY_ATTEMPTS_MAX } from "./bench.ts";
import { addLetter, type Expected, type ExpectedRun } from "./expected.ts";

/** The sink got these events of a run. */
export function receive(world: Expected, run: string, revs: readonly number[]): void {
  if (revs.length === 0) return;
  world.received.set(run, [...(world.received.get(run) ?? []), ...revs]);
}

/**
 * Hands over what the sink has not seen, one alone after a refusal. An event that is refused too
 * often becomes a dead letter, and those behind it pass.
 */
export function flushRun(world: Expected, run: ExpectedRun, rev: number): number {
  const behind = rev - run.delivered;
  if (behind === 0) return 0;
  if (!world.refusing) {
    const events = run.refusals > 0 ? 1 : behind;
    receive(
      world,
      run.id,
      Array.from({ length: events }, (_, i) => run.delivered + 1 + i),
    );
    run.delivered += events;
    run.refusals = 0;
    return events;
  }
  run.refusals += 1;
  if (run.refusals < DELIVERY_ATTEMPTS_MAX) return 0;
  run.delivered += 1;
  run.refusals = 0;
  addLetter(world, "event", { run: run.id, rev: run.delivered });
  return 0;
}

/** Hands over all that the sink has not seen of a run that is to go. True when nothing is left. */
export function flushWhole(world: Expected, run: ExpectedRun, rev: number): boolean {
  while (flushRun(world, run, rev) > 0);
  return run.delivered === rev;
}
