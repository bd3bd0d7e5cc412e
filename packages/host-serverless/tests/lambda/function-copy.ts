import type { SQSClient } from "@aws-sdk/client-sqs";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeRuntime, systemClock } from "@pawl/host-node";
import { type AnyWorkflow, createKernel, createRegistry } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";
import { createMemoryPersistence, type MemoryStore } from "@pawl/persistence-memory";
import { createSqsTransport } from "@pawl/transport-sqs";
import { createServerlessHost } from "../../src/index.ts";
import {
  createHttpHandler,
  createScheduledHandler,
  createSqsHandler,
} from "../../src/lambda/index.ts";
import { context } from "./event-source.ts";
import { urlEvent } from "./events.ts";

/** Every job becomes two messages, which may come at the same time to different processes. */
const doubling = (transport: JobTransport): JobTransport => ({
  capabilities: transport.capabilities,
  enqueue: (jobs) => transport.enqueue([...jobs, ...jobs]),
  dequeue: (request) => transport.dequeue(request),
  ack: (receipts) => transport.ack(receipts),
  nack: (receipt, options) => transport.nack(receipt, options),
  extend: (receipt, ms) => transport.extend(receipt, ms),
  close: () => transport.close(),
});

export interface CopyParts {
  readonly workflow: AnyWorkflow;
  readonly store: MemoryStore;
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/** One warm process of the function, with what Lambda may call it for. */
export function copyOf({ workflow, store, client, queueUrl }: CopyParts) {
  const clock = systemClock;
  const jobTransport = doubling(createSqsTransport({ queueUrl, client }));
  const parts = { jobTransport, clock, runtime: createNodeRuntime() };
  const kernel = createKernel({
    ...parts,
    persistence: createMemoryPersistence({ store, clock }),
    blobStore: createMemoryBlobStore(),
    registry: createRegistry([workflow]),
    ids: createIdSource(),
  });
  const host = createServerlessHost({ ...parts, kernel, workerId: "fn" });
  const api = createHttpHandler({ host });
  return {
    host,
    kernel,
    onBatch: createSqsHandler({ host }),
    onSchedule: createScheduledHandler({ host }),
    async start(workflowId: string, input: unknown): Promise<string> {
      const body = JSON.stringify({ workflowId, input });
      const answer = await api(urlEvent("POST", "/runs", { body }), context());
      return JSON.parse(answer.body).workflowRunId;
    },
    close: async () => {
      await host.close();
      await jobTransport.close();
    },
  };
}

export type Copy = ReturnType<typeof copyOf>;
