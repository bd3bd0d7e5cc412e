import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { LambdaContext, SqsEvent } from "@pawl/host-serverless/lambda";
import { freshQueue, SQS_ACCESS } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startQueueTrigger } from "../lambda-sqs/local/queue-trigger.ts";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", SQS_ACCESS.region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", SQS_ACCESS.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SQS_ACCESS.credentials.secretAccessKey);
});
afterEach(() => vi.unstubAllEnvs());

describeOn("the local queue trigger", await sqs(), (server) => {
  it("hands over again what failed, and nothing else", async () => {
    const queue = await freshQueue(server, { VisibilityTimeout: "1" });
    const client = new SQSClient({ ...SQS_ACCESS, endpoint: server.url });
    const Entries = ["good", "bad"].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
    await client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    const bodies: string[] = [];
    const sources = new Set<string>();
    const handler = async ({ Records }: SqsEvent, context: LambdaContext) => {
      expect(context.getRemainingTimeInMillis()).toBeGreaterThan(29_000);
      const failed = Records.filter(({ body }) => body === "bad" && !bodies.includes(body));
      bodies.push(...Records.map(({ body }) => body));
      for (const { eventSourceARN } of Records) sources.add(eventSourceARN);
      return {
        batchItemFailures: failed.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
      };
    };
    const trigger = await startQueueTrigger({ queueUrl: queue.url, timeoutSeconds: 30, handler });
    await vi.waitFor(() => expect(trigger.handled).toBe(2), { timeout: 20_000 });
    await trigger.stop();
    expect(bodies.toSorted()).toEqual(["bad", "bad", "good"]);
    expect([...sources]).toEqual([expect.stringMatching(`^arn:aws:sqs:.*:${queue.name}$`)]);
    expect(await hiddenOrVisible(client, queue.url)).toEqual(["0", "0"]);
    await queue.drop();
    client.destroy();
  });
});

async function hiddenOrVisible(client: SQSClient, QueueUrl: string) {
  const names = [
    "ApproximateNumberOfMessagesNotVisible" as const,
    "ApproximateNumberOfMessages" as const,
  ];
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names });
  const { Attributes } = await client.send(asked);
  return names.map((name) => Attributes?.[name]);
}
