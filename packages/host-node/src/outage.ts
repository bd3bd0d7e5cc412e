import { EngineError } from "@pawl/kernel";
import type { Clock, Logger } from "@pawl/kernel/ports";

interface OutageParts {
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Logger;
}

/** Tells once, for all loops of a host, that the store answers again. */
export class Outage {
  readonly #parts: OutageParts;
  #since: number | undefined;

  constructor(parts: OutageParts) {
    this.#parts = parts;
  }

  /** A loop failed: counts when it could not reach the store. */
  began(error: unknown): void {
    if (!EngineError.is(error) || !/^E_(PERSISTENCE|DATABASE)_/.test(error.code)) return;
    this.#since ??= this.#parts.clock.monotonic();
  }

  /** A loop that had failed did its round. */
  ended(): void {
    if (this.#since === undefined) return;
    const { clock, logger } = this.#parts;
    const afterMs = Math.round(clock.monotonic() - this.#since);
    this.#since = undefined;
    logger.log("warn", "the store is reachable again", { afterMs });
  }
}
