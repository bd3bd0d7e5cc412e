import type { Problem } from "../checks/problem.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";

/** A world in which moves are made until something is so. */
export interface Played {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly problems: readonly Problem[];
  readonly elapsedMs: number;
  complain(check: string, message: string): void;
}

export interface Patience {
  readonly moves: number;
  readonly elapsedMs: number;
  /** What is still open, for the complaint. */
  unfinished(): string;
}

/** Makes moves until `isOver`; false when something is wrong, or when it never comes to that. */
export async function playUntil(
  world: Played,
  isOver: () => boolean,
  patience: Patience,
): Promise<boolean> {
  const { problems, schedule } = world;
  let seen = -1;
  let over = false;
  const done = (): boolean => {
    if (problems.length > 0 || schedule.ambientCalls.length > 0) return true;
    if (schedule.made > patience.moves || world.elapsedMs > patience.elapsedMs) return true;
    if (seen === world.trace.count) return over;
    seen = world.trace.count;
    over = isOver();
    return over;
  };
  try {
    if (!(await schedule.run(done))) world.complain("liveness", "nothing can happen any more");
  } catch (error) {
    world.complain("error", String((error as Error).stack ?? error));
  }
  const [ambient] = schedule.ambientCalls;
  if (ambient) world.complain("ambient", `${ambient} was called inside the simulation`);
  if (problems.length === 0 && !over) {
    world.complain("liveness", `after ${schedule.made} moves: ${patience.unfinished()}`);
  }
  return problems.length === 0;
}
