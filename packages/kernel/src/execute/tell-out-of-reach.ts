import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { StageKey } from "../state/ids.ts";

/**
 * Says that a stage waits for a store, once a minute for each kind of error, whatever waits for
 * it: each tries again every second until the store works.
 */
export function tellOutOfReach(engine: Engine, stage: StageKey, error: unknown): void {
  const { outages, clock, logger } = engine;
  const code = EngineError.is(error) ? error.code : "";
  const { nth, suppressed } = outages.count(code, clock.monotonic());
  if (nth > 1) return;
  const { runId, stageId } = stage;
  const facts = { runId, stageId, error, suppressed };
  logger.log("warn", "a stage waits for a store that is out of reach", facts);
}
