import { randomBytes } from "node:crypto";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";

export interface FreshQueue {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** For clients of an emulator, which asks nobody who they are. */
export const SQS_ACCESS = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
} as const;

/** An empty queue with a name nobody else has; `{ FifoQueue: "true" }` makes it a FIFO queue. */
export async function freshQueue(
  server: { readonly url: string },
  attributes: Readonly<Record<string, string>> = {},
): Promise<FreshQueue> {
  const client = new SQSClient({ ...SQS_ACCESS, endpoint: server.url });
  const suffix = attributes.FifoQueue === "true" ? ".fifo" : "";
  const name = `pawl_${randomBytes(8).toString("hex")}${suffix}`;
  const create = new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } });
  const { QueueUrl: named = "" } = await client.send(create);
  // An emulator may name a host of its own that no resolver knows.
  const url = new URL(new URL(named).pathname, server.url).href;
  return {
    name,
    url,
    drop: async () => {
      await client.send(new DeleteQueueCommand({ QueueUrl: url }));
      client.destroy();
    },
  };
}
