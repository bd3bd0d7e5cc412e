import { BULLMQ, openBullmq } from "../bullmq-queue.ts";
import type { Engine } from "../engine.ts";
import { emptyRedis, redisUrlOf } from "./redis-broker.ts";

export const bareBullmqEngine: Engine = {
  ...BULLMQ,
  name: "bare-bullmq",
  store: "transports",
  title: "bare BullMQ",
  settings:
    "no engine: jobs without steps, added one by one by `Queue.add`, as many at once in its " +
    "`Worker` as Pawl runs; completed jobs are kept, as it comes",
  prepare: emptyRedis,
  open: async (options) => {
    const { createRedisBackend: backend } = await import("bullmq");
    const { hostname, port } = new URL(redisUrlOf(options.place));
    const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
    return openBullmq({ connection, backend }, options);
  },
};
