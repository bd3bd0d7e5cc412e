import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine } from "../engines/engine.ts";

const IN_FLIGHT = 32;
const LIMIT_MS = 180_000;

/** Starts runs of three steps or as many as told, 32 starts under way at once. */
export async function startMany(engine: OpenEngine, runs: number, steps = 3): Promise<void> {
  let left = runs;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await engine.start("sequence", { steps });
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, runs) }, one));
}

/** Looks at the database every few milliseconds until so many runs are completed. */
export async function untilCompleted(
  engine: OpenEngine,
  runs: number,
  everyMs: number = engine.lookEveryMs ?? 5,
): Promise<void> {
  const giveUpAt = performance.now() + LIMIT_MS;
  for (;;) {
    const completed = await engine.completed();
    if (completed >= runs) return;
    if (performance.now() > giveUpAt) {
      throw new Error(`only ${completed} of ${runs} runs completed within ${LIMIT_MS} ms`);
    }
    await after(everyMs);
  }
}
