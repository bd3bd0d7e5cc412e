import { Redis } from "ioredis";
import type { Place } from "../engine.ts";

/** @throws Error where no brokers stand beside the database */
export function redisUrlOf({ brokers }: Place): string {
  if (brokers) return brokers.redisUrl;
  throw new Error("there is no Redis beside this database");
}

/** Empties the Redis that every measurement has in its turn. */
export async function emptyRedis(place: Place): Promise<() => Promise<void>> {
  const redis = new Redis(redisUrlOf(place));
  await redis.flushall();
  redis.disconnect();
  return async () => {};
}
