import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { StageKey } from "../state/ids.ts";
import { isOutOfReach } from "./stored-error.ts";

/**
 * Lets a stage wait for a store out of reach, and throws every other error. It is told of once a
 * minute for each kind, whatever waits: each tries again every second until the store works.
 */
export function bearOutage(engine: Engine, { runId, stageId }: StageKey, error: unknown): void {
  if (!isOutOfReach(error)) throw error;
  const { outages, clock, logger } = engine;
  const code = EngineError.is(error) ? error.code : "";
  const { nth, suppressed } = outages.count(code, clock.monotonic());
  if (nth > 1) return;
  const facts = { runId, stageId, error, suppressed };
  logger.log("warn", "a stage waits for a store that is out of reach", facts);
}
