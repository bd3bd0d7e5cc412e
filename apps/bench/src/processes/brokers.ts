import { isSkipped, privateRedis, privateSqs, type Skipped } from "@pawl/services";
import { Redis } from "ioredis";
import type { Brokers } from "../engines/engine.ts";

export interface StartedBrokers {
  readonly urls: Brokers;
  /** Their names, versions and what their durability depends on. */
  readonly facts: string;
  stop(): Promise<void>;
}

const SHOWN = ["appendonly", "appendfsync", "save"] as const;

/** A Redis and an emulator of SQS. */
export async function startBrokers(): Promise<StartedBrokers | Skipped> {
  const redis = await privateRedis();
  if (isSkipped(redis)) return redis;
  const sqs = await privateSqs();
  if (isSkipped(sqs)) {
    await redis.remove();
    return sqs;
  }
  return {
    urls: { redisUrl: redis.url, sqsUrl: sqs.url },
    facts: `${await redisFacts(redis.url)}; fauxqs, an emulator of SQS that writes to SQLite`,
    stop: async () => {
      await sqs.remove();
      await redis.remove();
    },
  };
}

async function redisFacts(url: string): Promise<string> {
  const client = new Redis(url);
  const [, version] = /redis_version:(\S+)/.exec(await client.info("server")) ?? [];
  const facts: string[] = [`Redis ${version}`];
  for (const name of SHOWN) {
    const [, value] = (await client.config("GET", name)) as [string, string];
    facts.push(`${name}=${value || "no"}`);
  }
  client.disconnect();
  return facts.join(", ");
}
