import type { DispatchAck, Persistence } from "../ports/persistence.ts";
import { Backlog } from "./backlog.ts";

const BATCH_MAX = 200;

/** Acknowledges dispatch rows: several by one call, those that gather while one is under way. */
export class AckQueue {
  readonly #persistence: Pick<Persistence, "ackDispatch">;
  readonly #failed: (error: unknown) => void;
  readonly #acks: DispatchAck[] = [];
  readonly #backlog = new Backlog();
  #isWorking = false;

  constructor(persistence: Pick<Persistence, "ackDispatch">, failed: (error: unknown) => void) {
    this.#persistence = persistence;
    this.#failed = failed;
  }

  add(acks: readonly DispatchAck[]): void {
    this.#acks.push(...acks);
    this.#backlog.ask(acks.length);
    if (!this.#isWorking) void this.#work();
  }

  /** Resolves when all that was added so far is acknowledged, or could not be. */
  worked(): Promise<void> {
    return this.#backlog.worked();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#acks.length > 0) {
      const batch = this.#acks.splice(0, BATCH_MAX);
      try {
        await this.#persistence.ackDispatch(batch);
      } catch (error) {
        this.#failed(error);
      }
      this.#backlog.done(batch.length);
    }
    this.#isWorking = false;
  }
}
