import { Redis, type RedisOptions } from "ioredis";

/** A URL such as `redis://localhost:6379`, or options of ioredis. */
export type RedisAddress = string | Omit<RedisOptions, "keyPrefix" | "replyMapping">;

/** A connection that comes back by itself, and keeps nothing to be sent later. */
export class RedisLine {
  readonly redis: Redis;
  readonly #waiting = new Set<() => void>();
  #closed = false;
  #lastError: unknown;

  /** `silenceMs`: it is given up when an answer that is due stays out for so long. */
  constructor(address: RedisAddress, silenceMs: number) {
    const options = {
      reconnectOnError: isDemoted,
      ...(typeof address === "string" ? {} : address),
      lazyConnect: true,
      replyMapping: "legacy" as const,
      socketTimeout: silenceMs,
      // A claim that is sent again, or late, takes jobs for nobody.
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    };
    this.redis = typeof address === "string" ? new Redis(address, options) : new Redis(options);
    this.redis.on("error", (error) => {
      this.#lastError = error;
    });
    this.redis.on("ready", () => {
      this.#lastError = undefined;
      this.#settle();
    });
    this.redis.on("end", () => this.#settle());
  }

  get isReady(): boolean {
    // Between the end of the socket and its event ioredis still thinks that it is ready.
    return this.redis.status === "ready" && this.redis.stream.writable;
  }

  /** What is behind the failure of a call, or behind not being ready. */
  reason(error?: unknown): unknown {
    if (this.#lastError !== undefined) return this.#lastError;
    const isBroken = error instanceof Error && error.name === "MaxRetriesPerRequestError";
    return isBroken ? new Error("the connection broke") : error;
  }

  /** Connects if need be. False when it is not ready after so long, or closed. */
  async ready(withinMs: number): Promise<boolean> {
    const { redis } = this;
    if (this.isReady || this.#closed) return this.isReady;
    if (redis.status === "wait" || redis.status === "end") redis.connect().catch(() => {});
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, Math.max(0, withinMs));
      this.#waiting.add(settle);
    });
    return this.isReady;
  }

  /** For good and at once: calls under way are rejected. */
  close(): void {
    this.#closed = true;
    this.redis.disconnect();
    this.#settle();
  }

  #settle(): void {
    for (const settle of this.#waiting) settle();
  }
}

/** Its address may lead to the new master by now; scripts quote the answer of what they called. */
const isDemoted = ({ message }: Error): boolean => message.includes("READONLY");
