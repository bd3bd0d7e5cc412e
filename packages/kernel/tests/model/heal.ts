import type { Real } from "./compare.ts";
import { type Expected, type ExpectedRun, isEnded, isOpen } from "./expected.ts";
import { mayClaim } from "./expected-work.ts";
import { type Kind, Step } from "./moves.ts";

const ROUNDS_MAX = 40;
const CLAIMS_PER_ROUND = 4;
const TEN_SECONDS = 2;

/**
 * Resumes what is paused and works until every run has ended, or waits for an operator: whatever
 * came before, nothing is left behind.
 */
export async function heal(
  world: Expected,
  real: Real,
  kinds: Readonly<Record<string, readonly Kind[]>>,
): Promise<void> {
  const run = (name: string, ...draw: readonly number[]) =>
    new Step(name, kinds[name] ?? [], draw).run(world, real);
  for (const [i, { status }] of [...world.runs.values()].entries()) {
    if (status === "paused") await run("resume", i);
  }
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if ([...world.runs.values()].every(isSettled)) return;
    if (!world.sessions.some((session) => mayClaim(world, session))) await run("register", 0);
    await run("claim", 0, 2);
    await run("claimAlone", 0);
    for (let i = 0; i < CLAIMS_PER_ROUND; i++) await run("execute", round + i);
    await run("later", TEN_SECONDS);
  }
  const left = [...world.runs.values()].filter((one) => !isSettled(one)).map(({ id }) => id);
  throw new Error(`runs that never end: ${left.join(", ")}`);
}

/** Ended, or nothing of it is open but what is quarantined. */
function isSettled(run: ExpectedRun): boolean {
  const open = [...run.stages.values()].filter(isOpen);
  return isEnded(run) || (open.length > 0 && open.every(({ hold }) => hold === "quarantined"));
}
