import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, expect, it, vi } from "vitest";
import { freshQueue, privateSqs, SQS_ACCESS } from "../src/index.ts";
import { describeOn } from "../src/vitest/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describeOn("an SQS of one's own", await privateSqs(), (server) => {
  afterAll(() => server.remove());

  it.each([
    ["immediate", {}],
    ["fast", { FifoQueue: "true" }],
  ] as const)("comes back after a stop (%s) with what it wrote", async (mode, attributes) => {
    const queue = await freshQueue(server, attributes);
    const client = new SQSClient({ ...SQS_ACCESS, endpoint: server.url });
    const fifo = { MessageGroupId: "g", MessageDeduplicationId: "d" };
    const message = { QueueUrl: queue.url, MessageBody: "kept" };
    await client.send(
      new SendMessageCommand({ ...message, ...("FifoQueue" in attributes ? fifo : {}) }),
    );
    await server.stop(mode);
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
    await server.start();
    const received = await client.send(new ReceiveMessageCommand({ QueueUrl: queue.url }));
    expect(received.Messages?.map(({ Body }) => Body)).toEqual(["kept"]);
    await queue.drop();
    client.destroy();
  });

  it("keeps a message that is made visible again", async () => {
    const queue = await freshQueue(server);
    const client = new SQSClient({ ...SQS_ACCESS, endpoint: server.url });
    const { url: QueueUrl } = queue;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept" }));
    for (let round = 0; round < 2; round++) {
      const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages).toHaveLength(1);
      const hide = { QueueUrl, ReceiptHandle: Messages?.[0]?.ReceiptHandle, VisibilityTimeout: 0 };
      await client.send(new ChangeMessageVisibilityCommand(hide));
    }
    await queue.drop();
    client.destroy();
  });
});
