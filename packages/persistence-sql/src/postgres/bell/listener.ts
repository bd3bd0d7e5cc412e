import { randomUUID } from "node:crypto";
import type { Logger, WorkPlace } from "@pawl/kernel/ports";
import type { Notifier } from "./notifier.ts";
import { type Connect, OwnConnection } from "./own-connection.ts";
import { readRing, tokenText } from "./ring-text.ts";
import { within } from "./within.ts";

export interface ListenerTimes {
  /** Between tests of a connection that hears, at least; at most twice as long. */
  readonly testMs: number;
  /** How long the token of a test may take. */
  readonly tokenMs: number;
  /** Before the first try to connect again; each further one waits twice as long. */
  readonly againMs: number;
}

export interface ListenerParts {
  readonly connect: Connect;
  readonly channel: string;
  /** Host, port and database. */
  readonly place: string;
  /** Who sends, in the notifier's texts. */
  readonly from: string;
  readonly notifier: Notifier;
  readonly logger: Logger;
  readonly times: ListenerTimes;
  /** Told of rings of others; without a place when it begins to hear. */
  readonly heard: (place?: WorkPlace) => void;
}

export const LISTENER_TIMES: ListenerTimes = { testMs: 30_000, tokenMs: 3_000, againMs: 250 };

/** What came of a test; `unsent`: nobody knows. */
type Heard = "heard" | "unheard" | "unsent";

const AGAIN_MS_MAX = 30_000;
const STOP_MS = 2_000;

const INTERRUPTED =
  "the database can't be listened to at the moment: work of other processes is found by polling";
const UNHEARD =
  "what is sent with NOTIFY does not arrive here, as behind a pooler in transaction mode: work " +
  "of other processes is found by polling. Connect past the pooler, or pass notify: false";

/**
 * Listens on a connection of its own until stopped. It sends itself a token now and then, by way
 * of the notifier: a connection on which none arrives is made anew, and where none ever arrived
 * there is a pooler between that does not keep sessions, and it gives up.
 */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #running: Promise<void>;
  #isHearing = false;
  #hasWorked = false;
  #stopped = false;
  #wake: () => void = () => {};
  #awaited: string | undefined;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  get isHearing(): boolean {
    return this.#isHearing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await within(STOP_MS, this.#running);
  }

  async #run(): Promise<void> {
    const { logger, place, times } = this.#parts;
    for (let failures = 0; !this.#stopped; failures += 1) {
      try {
        const came = await this.#listen();
        if (came === "unheard") return this.#giveUp();
        if (came === "heard") failures = 0;
      } catch (error) {
        if (failures === 1) {
          logger.log("warn", INTERRUPTED, { place, error });
        }
      }
      const ms = Math.min(times.againMs * 2 ** failures, AGAIN_MS_MAX);
      await this.#pause(ms * (0.5 + Math.random() / 2));
    }
  }

  /** Listens as long as the connection is of use. Answers what came of its tests. */
  async #listen(): Promise<Heard> {
    const { connect, channel, times } = this.#parts;
    const connection = await OwnConnection.open(connect);
    try {
      connection.onNotification((payload) => this.#hear(payload));
      await connection.query(`LISTEN ${channel}`);
      this.#isHearing = true;
      if (!this.#stopped) this.#parts.heard();
      let came: Heard = "unsent";
      while (!this.#stopped) {
        const test = await this.#test(connection);
        if (test === "unheard") {
          if (this.#hasWorked) throw new Error("what was sent with NOTIFY did not arrive");
          await connection.query(`UNLISTEN ${channel}`);
          return "unheard";
        }
        if (test === "heard") {
          this.#hasWorked = true;
          came = "heard";
        }
        await this.#pause(times.testMs * (1 + Math.random()), connection);
        if (connection.isLost) break;
      }
      return came;
    } finally {
      this.#isHearing = false;
      await connection.end();
    }
  }

  /**
   * Whether what the notifier sends arrives here; while it can't send, nobody knows.
   *
   * @throws whatever hinders the connection itself
   */
  async #test(connection: OwnConnection): Promise<Heard> {
    const { from, notifier, times } = this.#parts;
    const token = randomUUID();
    this.#awaited = token;
    const sent = await notifier.sendNow(tokenText(from, token)).then(
      () => true,
      () => false,
    );
    const isDone = (): boolean => this.#awaited !== token || this.#stopped;
    if (sent && !isDone()) await this.#pause(times.tokenMs, connection);
    if (!isDone()) await connection.query("SELECT 1", { timeoutMs: times.tokenMs });
    if (!sent) return "unsent";
    return isDone() ? "heard" : "unheard";
  }

  #hear(payload: string): void {
    const ring = readRing(payload);
    const { from, heard } = this.#parts;
    if (!ring || this.#stopped) return;
    if ("token" in ring) {
      if (ring.token !== this.#awaited) return;
      this.#awaited = undefined;
      this.#wake();
    } else if (ring.from !== from) heard(ring.place);
  }

  #giveUp(): void {
    const { logger, place } = this.#parts;
    logger.log("warn", UNHEARD, { place });
  }

  /**
   * At most so long; until woken, stopped or without the connection. The process need not stay for
   * it. Nothing is left behind on what outlives it.
   */
  #pause(ms: number, connection?: OwnConnection): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      let forget = (): void => {};
      const end = (): void => {
        clearTimeout(timer);
        forget();
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      this.#wake = end;
      if (connection) forget = connection.whenLost(end);
    });
  }
}
