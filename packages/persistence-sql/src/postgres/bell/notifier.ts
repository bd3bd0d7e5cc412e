import { type Connect, OwnConnection } from "./own-connection.ts";
import { within } from "./within.ts";

/** Between two notifications of one text. */
const GAP_MS = 30;
const TEXTS_PER_STATEMENT = 100;
const TEXTS_MAX = 1_000;
const AGAIN_MS = 250;
const AGAIN_MS_MAX = 10_000;
const FAREWELL_MS = 1_000;

const NOTIFY = "SELECT pg_notify($1, t) FROM unnest($2::text[]) AS t";

/**
 * Sends texts on a connection of its own, made when there is a first one: each at once, and again
 * at the earliest after the gap. What can't be sent now is sent later, once.
 */
export class Notifier {
  readonly #connect: Connect;
  readonly #channel: string;
  /** Texts sent within the gap, and of those what was asked for again. */
  readonly #resting = new Map<string, NodeJS.Timeout>();
  readonly #again = new Set<string>();
  readonly #waiting = new Set<string>();
  #opening: Promise<OwnConnection> | undefined;
  #sending: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #ended = false;
  #stopWaiting: () => void = () => {};

  constructor(connect: Connect, channel: string) {
    this.#connect = connect;
    this.#channel = channel;
  }

  send(text: string): void {
    if (this.#closed) return;
    if (this.#resting.has(text)) {
      this.#again.add(text);
      return;
    }
    this.#resting.set(
      text,
      setTimeout(() => {
        this.#resting.delete(text);
        if (this.#again.delete(text)) this.send(text);
      }, GAP_MS),
    );
    this.#hand(text);
  }

  /**
   * Sends at once, and resolves when the server has it.
   *
   * @throws whatever hinders it
   */
  async sendNow(text: string): Promise<void> {
    await this.#notify([text]);
  }

  /** Sends what is left, for a bounded time. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of this.#resting.values()) clearTimeout(timer);
    for (const text of this.#again) this.#hand(text);
    this.#stopWaiting();
    await within(FAREWELL_MS, this.#sending);
    this.#waiting.clear();
    this.#ended = true;
    await within(
      FAREWELL_MS,
      this.#opening?.then((connection) => connection.end()),
    );
  }

  #hand(text: string): void {
    if (this.#waiting.size >= TEXTS_MAX) return;
    this.#waiting.add(text);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    for (let failures = 0; this.#waiting.size > 0; ) {
      const texts = [...this.#waiting].slice(0, TEXTS_PER_STATEMENT);
      for (const text of texts) this.#waiting.delete(text);
      try {
        await this.#notify(texts);
        failures = 0;
      } catch {
        for (const text of texts) this.#waiting.add(text);
        if (this.#closed) return;
        failures += 1;
        await this.#pause(Math.min(AGAIN_MS * 2 ** (failures - 1), AGAIN_MS_MAX));
      }
    }
  }

  async #notify(texts: readonly string[]): Promise<void> {
    const connection = await this.#connection();
    await connection.query(NOTIFY, { values: [this.#channel, texts] });
  }

  #connection(): Promise<OwnConnection> {
    if (this.#opening) return this.#opening;
    if (this.#ended) return Promise.reject(new Error("the notifier was closed"));
    const opening = OwnConnection.open(this.#connect);
    this.#opening = opening;
    const forget = (): void => {
      if (this.#opening === opening) this.#opening = undefined;
    };
    opening.then((connection) => connection.whenLost(forget), forget);
    return opening;
  }

  /** Cut short by the close; the process need not stay for it. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms * (0.5 + Math.random() / 2));
      timer.unref();
      this.#stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
