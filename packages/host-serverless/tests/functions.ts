import { createNodeRuntime } from "@pawl/host-node";
import type { JobTransport } from "@pawl/kernel/ports";
import type { ServerlessHost } from "../src/index.ts";
import { createScheduledHandler, createSqsHandler } from "../src/lambda/index.ts";
import { sqsEvent, sqsRecord } from "./lambda/events.ts";

export interface FunctionParts {
  readonly host: ServerlessHost;
  readonly jobTransport: JobTransport;
}

/** Calls handlers as Lambda does, for queue and schedule, until it is told to stop. */
export interface Functions {
  /** Delivers nothing more; resolves when no handler is pending. */
  stop(): Promise<void>;
}

const BATCH = 10;
const INVOCATION_MS = 60_000;
const TICK_MS = 50;

export function callFunctions(parts: FunctionParts): Functions {
  const { host, jobTransport } = parts;
  const onBatch = createSqsHandler({ host });
  const onSchedule = createScheduledHandler({ host });
  const pending = new Set<Promise<unknown>>();
  const runtime = createNodeRuntime();
  let stopping = false;
  const context = () => {
    const until = Date.now() + INVOCATION_MS;
    return { getRemainingTimeInMillis: () => until - Date.now() };
  };
  const invoke = (work: Promise<unknown>): void => {
    const end = (): void => void pending.delete(work);
    pending.add(work);
    work.then(end, end);
  };
  const deliver = async (): Promise<void> => {
    const request = { workerId: "trigger", limit: BATCH, waitMs: TICK_MS };
    const deliveries = await jobTransport.dequeue(request);
    if (stopping) {
      for (const { receipt } of deliveries) await jobTransport.nack(receipt, { delayMs: 0 });
      return;
    }
    if (deliveries.length === 0) return;
    const records = deliveries.map(({ body, receipt }) => sqsRecord(receipt, body));
    const batch = async (): Promise<void> => {
      const { batchItemFailures } = await onBatch(sqsEvent(...records), context());
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const receipts = deliveries.map(({ receipt }) => receipt);
      await jobTransport.ack(receipts.filter((receipt) => !failed.has(receipt)));
      for (const receipt of failed) await jobTransport.nack(receipt, { delayMs: TICK_MS });
    };
    invoke(batch());
  };
  const loop = async (round: () => Promise<unknown>): Promise<void> => {
    while (!stopping) await round();
  };
  const tick = async (): Promise<void> => {
    await onSchedule({}, context());
    await runtime.after(TICK_MS);
  };
  const loops = [loop(deliver), loop(() => tick().catch(() => undefined))];
  return {
    async stop() {
      stopping = true;
      await Promise.all(loops);
      await Promise.allSettled(pending);
    },
  };
}
