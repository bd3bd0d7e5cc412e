import type { BackendFactory, QueueOptions } from "bullmq";
import { LOOK_EVERY_MS } from "../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine } from "./engine.ts";

const QUEUE = "bench";
export const AT_ONCE = 64;

export const BULLMQ: Pick<
  Engine,
  "package" | "operationsMax" | "durable" | "handsOver" | "heir" | "store"
> = {
  store: "postgres",
  package: "bullmq",
  operationsMax: 0,
  durable: true,
  handsOver: true,
  heir: "another",
};

/** Where a queue is kept, and by which of its backends. */
export interface QueuePlace {
  readonly connection: QueueOptions["connection"];
  readonly backend: BackendFactory;
}

/** Its queue, and its worker where one is wanted. */
export async function openBullmq(
  { connection, backend }: QueuePlace,
  { worker, witness, concurrency }: Pick<EngineOptions, "worker" | "witness" | "concurrency">,
): Promise<OpenEngine> {
  const { Queue, Worker } = await import("bullmq");
  const jobs = new Queue(QUEUE, { connection }, backend);
  jobs.on("error", (error) => console.error(error));
  await jobs.waitUntilReady();
  const work = async (): Promise<object> => {
    witness.entered?.(0);
    return { ok: true };
  };
  const working = worker
    ? new Worker(QUEUE, work, { connection, concurrency }, backend)
    : undefined;
  working?.on("error", (error) => console.error(error));
  await working?.waitUntilReady();
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (_, input) => {
      await jobs.add("job", input);
      return { result: () => Promise.reject(new Error("jobs have no result here")) };
    },
    completed: () => jobs.getCompletedCount(),
    close: async () => {
      await working?.close(true);
      await jobs.close();
    },
  };
}
