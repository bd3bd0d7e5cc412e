import { randomUUID } from "node:crypto";
import type { Logger, WorkBell, WorkHeard, WorkPlace } from "@pawl/kernel/ports";
import type pg from "pg";
import { LISTENER_TIMES, Listener, type ListenerTimes } from "./listener.ts";
import { Notifier } from "./notifier.ts";
import type { Connect } from "./own-connection.ts";
import { channelOf, ringText } from "./ring-text.ts";

export interface BellParts {
  readonly connect: Connect;
  readonly schema: string;
  readonly prefix: string;
  /** Host, port and database, for the log. */
  readonly place: string;
  readonly times?: ListenerTimes;
}

/**
 * News about some tables, on connections made like those of the pool; none beside a pool that
 * does not say how.
 */
export function bellBeside(
  pool: unknown,
  parts: Omit<BellParts, "connect">,
): PostgresBell | undefined {
  const { Client, options } = pool as {
    readonly Client?: new (config: object) => pg.Client;
    readonly options: object;
  };
  return Client && new PostgresBell({ ...parts, connect: () => new Client(options) });
}

/**
 * News by NOTIFY and LISTEN, each on a connection of its own that is made when it is needed: one
 * of each in a process, however many listen.
 */
export class PostgresBell implements WorkBell {
  readonly #parts: BellParts;
  readonly #from = randomUUID();
  readonly #channel: string;
  readonly #notifier: Notifier;
  readonly #hearing = new Map<WorkHeard, Logger>();
  #listener: Listener | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: BellParts) {
    this.#parts = parts;
    this.#channel = channelOf(parts.schema, parts.prefix);
    this.#notifier = new Notifier(parts.connect, this.#channel);
  }

  ring(place: WorkPlace): void {
    this.#notifier.send(ringText(this.#from, place));
  }

  listen(heard: WorkHeard, logger: Logger): () => Promise<void> {
    if (this.#closed) return async () => {};
    // A function of its own, so that listening twice with the same one is twice.
    const listener: WorkHeard = (place) => heard(place);
    this.#hearing.set(listener, logger);
    if (!this.#listener) this.#listener = this.#start(logger);
    else if (this.#listener.isHearing) queueMicrotask(() => this.#tell(listener));
    return async () => {
      if (!this.#hearing.delete(listener) || this.#hearing.size > 0) return;
      const last = this.#listener;
      this.#listener = undefined;
      await last?.stop();
    };
  }

  /** Ends both connections; rings of a moment ago still go out. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#hearing.clear();
    await this.#listener?.stop();
    await this.#notifier.close();
  }

  #start(logger: Logger): Listener {
    const { connect, place, times = LISTENER_TIMES } = this.#parts;
    return new Listener({
      connect,
      channel: this.#channel,
      place,
      from: this.#from,
      notifier: this.#notifier,
      logger,
      times,
      heard: (there) => {
        for (const listener of this.#hearing.keys()) this.#tell(listener, there);
      },
    });
  }

  /** What a listener throws is its own fault, and must not end the connection. */
  #tell(listener: WorkHeard, place?: WorkPlace): void {
    const logger = this.#hearing.get(listener);
    try {
      if (logger) listener(place);
    } catch (error) {
      logger?.log("error", "a listener for work failed", { error });
    }
  }
}
