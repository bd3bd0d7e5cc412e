import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort, HOST } from "./free-port.ts";

/** Stands between a client and a server, and does what networks do. It begins by passing all. */
export interface TcpProxy {
  /** That of the target, by way of the proxy. */
  readonly url: string;
  /** Heals everything: connects, and passes without delay. */
  pass(): Promise<void>;
  /** Resets every connection there is; new ones pass. */
  cut(): void;
  /** Resets every connection, and refuses new ones. */
  refuse(): void;
  /** Holds each chunk, in both directions, for so long: a round trip takes twice that more. */
  delay(ms: number): void;
  /** Silence: connections stay, nothing gets through until `pass`. */
  hold(): void;
  /**
   * Once: the server gets the next chunk that contains the text, and the connection is reset
   * instead of its answer (in `COMMIT`: done, and nobody knows). Resolves when that happened.
   */
  loseAnswer(to?: string): Promise<void>;
  /** Once: the connection is reset before the server gets the next chunk that contains the text. */
  loseRequest(of?: string): Promise<void>;
  /** What is said on the connections there are never arrives again; new ones pass. */
  forget(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** The next bytes of the server are lost, and the connection with them. */
  doomed: boolean;
  /** Neither hears the other any more. */
  forgotten: boolean;
}

interface Loss {
  readonly of: string;
  readonly tell: () => void;
}

export async function proxy(target: string): Promise<TcpProxy> {
  const lines = new ProxyLines(new URL(target));
  await lines.listen();
  return {
    url: lines.url,
    pass: () => lines.pass(),
    cut: () => lines.cut(),
    refuse: () => lines.refuse(),
    delay: (ms) => {
      lines.delayMs = ms;
    },
    hold: () => lines.hold(),
    loseAnswer: (to = "") => lines.loseAnswer(to),
    loseRequest: (of = "") => lines.loseRequest(of),
    forget: () => lines.forget(),
    close: async () => lines.refuse(),
  };
}

class ProxyLines {
  readonly #target: URL;
  readonly #pairs = new Set<Pair>();
  readonly #listener = createServer((client) => this.#accept(client));
  #port = 0;
  #holding = false;
  #lostAnswer: Loss | undefined;
  #lostRequest: Loss | undefined;
  delayMs = 0;

  constructor(target: URL) {
    this.#target = target;
  }

  get url(): string {
    const url = new URL(this.#target);
    url.host = `${HOST}:${this.#port}`;
    return url.href;
  }

  async listen(): Promise<void> {
    this.#port ||= await freePort();
    this.#listener.listen(this.#port, HOST);
    await once(this.#listener, "listening");
  }

  async pass(): Promise<void> {
    this.delayMs = 0;
    this.#holding = false;
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.resume();
    if (!this.#listener.listening) await this.listen();
  }

  cut(): void {
    for (const pair of this.#pairs) this.#reset(pair);
  }

  refuse(): void {
    this.#listener.close();
    this.cut();
  }

  hold(): void {
    this.#holding = true;
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.pause();
  }

  loseAnswer(of: string): Promise<void> {
    return new Promise((tell) => {
      this.#lostAnswer = { of, tell };
    });
  }

  loseRequest(of: string): Promise<void> {
    return new Promise((tell) => {
      this.#lostRequest = { of, tell };
    });
  }

  forget(): void {
    for (const pair of this.#pairs) pair.forgotten = true;
  }

  #accept(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair: Pair = { client, server, doomed: false, forgotten: false };
    this.#pairs.add(pair);
    for (const end of [client, server]) {
      end.setNoDelay(true);
      end.on("error", () => this.#reset(pair));
      end.on("close", () => this.#reset(pair));
      if (this.#holding) end.pause();
    }
    this.#carry(client, server, (chunk) => this.#mayAsk(pair, chunk));
    this.#carry(server, client, () => this.#mayAnswer(pair));
  }

  #mayAsk(pair: Pair, chunk: Buffer): boolean {
    if (this.#lostRequest && chunk.includes(this.#lostRequest.of)) {
      this.#reset(pair);
      this.#lostRequest.tell();
      this.#lostRequest = undefined;
      return false;
    }
    if (this.#lostAnswer && chunk.includes(this.#lostAnswer.of)) pair.doomed = true;
    return !pair.forgotten;
  }

  #mayAnswer(pair: Pair): boolean {
    if (!pair.doomed || !this.#lostAnswer) return !pair.forgotten;
    this.#reset(pair);
    this.#lostAnswer.tell();
    this.#lostAnswer = undefined;
    return false;
  }

  /** Whatever the delays, chunks arrive in the order in which they left. */
  #carry(from: Socket, to: Socket, mayPass: (chunk: Buffer) => boolean): void {
    const chunks: Buffer[] = [];
    const hand = (): void => {
      const chunk = chunks.shift();
      if (chunk && !to.destroyed) to.write(chunk);
    };
    from.on("data", (chunk: Buffer) => {
      if (!mayPass(chunk)) return;
      chunks.push(chunk);
      if (this.delayMs > 0) setTimeout(hand, this.delayMs);
      else while (chunks.length > 0) hand();
    });
    from.on("end", () => to.end());
  }

  #reset(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    for (const end of [pair.client, pair.server]) {
      // Node can't reset what is being ended, and then would keep it open for ever.
      if (end.writableEnded) end.destroy();
      else end.resetAndDestroy();
    }
  }
}
