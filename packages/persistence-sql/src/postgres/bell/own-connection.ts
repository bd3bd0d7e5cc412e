import type pg from "pg";
import { StatementTimeout } from "../errors.ts";
import { within } from "./within.ts";

/** Makes a connection that belongs to no pool. */
export type Connect = () => pg.Client;

/** With what the driver has and its types do not say. */
type Client = pg.Client & {
  readonly connection?: { readonly stream?: { destroy(): void } };
  ref(): void;
  unref(): void;
};

interface Asked {
  readonly values?: readonly unknown[];
  readonly timeoutMs?: number;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 5_000;
const END_MS = 1_000;

/**
 * One connection, on which statements go one after the other, each in time or it is given up.
 * While nothing is asked of it the process need not stay for its sake.
 */
export class OwnConnection {
  readonly #client: Client;
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;
  #isLost = false;
  readonly #whenLost = new Set<() => void>();

  /** @throws whatever hinders it */
  static async open(connect: Connect): Promise<OwnConnection> {
    const connection = new OwnConnection(connect());
    try {
      await connection.#inTime(connection.#client.connect(), CONNECT_MS);
      connection.#client.unref();
      return connection;
    } catch (error) {
      connection.drop();
      throw error;
    }
  }

  private constructor(client: pg.Client) {
    this.#client = client as Client;
    client.on("error", () => this.drop());
    client.on("end", () => this.drop());
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Calls once it is of no use any more. Answers how to forget that. */
  whenLost(tell: () => void): () => void {
    if (this.#isLost) tell();
    else this.#whenLost.add(tell);
    return () => void this.#whenLost.delete(tell);
  }

  /** Hears what is notified on the channels it listens to. */
  onNotification(heard: (payload: string) => void): void {
    this.#client.on("notification", ({ payload }) => heard(payload ?? ""));
  }

  /** @throws whatever hinders it; a connection that did not answer in time is given up */
  query(text: string, { values = [], timeoutMs = ANSWER_MS }: Asked = {}): Promise<void> {
    if (this.#asked++ === 0) this.#client.ref();
    const asked = this.#last.then(() => this.#query(text, values, timeoutMs));
    this.#last = asked.catch(() => {});
    return asked;
  }

  async #query(text: string, values: readonly unknown[], timeoutMs: number): Promise<void> {
    try {
      if (this.#isLost) throw new Error("the connection was lost");
      await this.#inTime(this.#client.query(text, [...values]), timeoutMs);
    } catch (error) {
      if (error instanceof StatementTimeout) this.drop();
      throw error;
    } finally {
      this.#asked -= 1;
      if (this.#asked === 0) this.#client.unref();
    }
  }

  /** Says goodbye, for a bounded time. */
  async end(): Promise<void> {
    if (!this.#isLost) {
      this.#client.ref();
      await within(END_MS, this.#client.end());
    }
    this.drop();
  }

  drop(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#client.connection?.stream?.destroy();
    for (const tell of this.#whenLost) tell();
    this.#whenLost.clear();
  }

  /** Or as soon as the connection is lost. */
  async #inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
    let end = (): void => {};
    const inVain = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new StatementTimeout(timeoutMs)), timeoutMs);
      const forget = this.whenLost(() => reject(new Error("the connection was lost")));
      end = () => {
        clearTimeout(timer);
        forget();
      };
    });
    return Promise.race([answer, inVain]).finally(end);
  }
}
