import type { BackendFactory, QueueOptions } from "bullmq";
import { AT_ONCE, BULLMQ, openBullmq, type QueuePlace } from "../bullmq-queue.ts";
import type { Engine, Place } from "../engine.ts";

const CONNECTIONS = 20;

export const bullmqOnPostgresEngine: Engine = {
  ...BULLMQ,
  name: "bullmq-postgres",
  title: "BullMQ on PostgreSQL",
  settings:
    `jobs, no steps: ${AT_ONCE} at once, its backend for PostgreSQL; ${CONNECTIONS} connections` +
    " each for starter and worker",
  prepare: async (place) => {
    const starter = { worker: false, witness: {}, concurrency: 1 };
    await (await openBullmq(await placeOf(place), starter)).close();
    return async () => {};
  },
  open: async (options) =>
    openBullmq(await placeOf(options.place), { ...options, concurrency: AT_ONCE }),
};

/** Its types speak of Redis alone. */
async function placeOf({ url }: Place): Promise<QueuePlace> {
  const { createPostgresBackend } = await import("bullmq");
  const connection = { connectionString: url, max: CONNECTIONS, migrate: true };
  return {
    connection: connection as unknown as QueueOptions["connection"],
    backend: createPostgresBackend as unknown as BackendFactory,
  };
}
