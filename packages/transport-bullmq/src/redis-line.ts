import { Redis, type RedisOptions } from "ioredis";

/** A URL such as `redis://localhost:6379`, or options of ioredis. */
export type RedisAddress = string | Omit<RedisOptions, "keyPrefix" | "replyMapping">;

/** A connection that comes back by itself, and keeps nothing to be sent later. */
export class RedisLine {
  readonly redis: Redis;
  #closed = false;
  #lastError: unknown;

  /** `silenceMs`: it is given up when an answer that is due stays out for so long. */
  constructor(address: RedisAddress, silenceMs: number) {
    const options = {
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
    this.redis.setMaxListeners(0);
    this.redis.on("error", (error) => {
      this.#lastError = error;
    });
    this.redis.on("ready", () => {
      this.#lastError = undefined;
    });
  }

  get isReady(): boolean {
    return this.redis.status === "ready";
  }

  /** Why it is not ready, as far as is known. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Connects if need be. False when it is not ready after so long, or closed. */
  async ready(withinMs: number): Promise<boolean> {
    const { redis } = this;
    if (this.isReady || this.#closed) return this.isReady;
    if (redis.status === "wait" || redis.status === "end") redis.connect().catch(() => {});
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        for (const event of ["ready", "end"]) redis.off(event, settle);
        resolve();
      };
      const timer = setTimeout(settle, withinMs);
      for (const event of ["ready", "end"]) redis.on(event, settle);
    });
    return this.isReady;
  }

  /** After the answers that are due, or after the silence that it bears. */
  async end(): Promise<void> {
    this.#closed = true;
    if (this.isReady) await this.redis.quit().catch(() => {});
    this.redis.disconnect();
  }

  /** At once: calls under way are rejected. */
  cut(): void {
    this.#closed = true;
    this.redis.disconnect();
  }
}
