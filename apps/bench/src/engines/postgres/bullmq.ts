import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSkipped, privateRedis } from "@pawl/services";
import { AT_ONCE, BULLMQ, openBullmq } from "../bullmq-queue.ts";
import type { Engine, Place } from "../engine.ts";

export const bullmqEngine: Engine = {
  ...BULLMQ,
  name: "bullmq",
  title: "BullMQ on Redis",
  settings:
    `jobs, no steps: ${AT_ONCE} at once, on a Redis of its own beside PostgreSQL, with an ` +
    "append-only file that is synchronised every second: loss of power may take that second",
  prepare,
  open: async (options) => {
    const { createRedisBackend: backend } = await import("bullmq");
    return openBullmq(
      { connection: connectionOf(options.place), backend },
      { ...options, concurrency: AT_ONCE },
    );
  },
};

async function prepare(place: Place): Promise<() => Promise<void>> {
  const server = await privateRedis();
  if (isSkipped(server)) throw new Error(`no Redis: ${server.skipped}`);
  writeFileSync(urlPath(place), server.url);
  return () => server.remove();
}

function connectionOf(place: Place) {
  const { hostname, port } = new URL(readFileSync(urlPath(place), "utf8"));
  return { host: hostname, port: Number(port), maxRetriesPerRequest: null };
}

const urlPath = ({ directory }: Place): string => join(directory, "redis.url");
