import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { createSqsHandler } from "@pawl/host-serverless/lambda";
import { contextOf, recordOf } from "./events.ts";

export interface QueueTriggerParts {
  readonly queueUrl: string;
  readonly timeoutSeconds: number;
  readonly handler: ReturnType<typeof createSqsHandler>;
}

export interface QueueTrigger {
  /** Messages that were handled. */
  readonly handled: number;
  /** Receives nothing more; resolves when no invocation is under way. */
  stop(): Promise<void>;
}

const BATCH = 10;
const WAIT_SECONDS = 1;

/** Does what the event source mapping does: receives, invokes, deletes what has not failed. */
export async function startQueueTrigger(parts: QueueTriggerParts): Promise<QueueTrigger> {
  const { queueUrl: QueueUrl, timeoutSeconds, handler } = parts;
  const client = new SQSClient({ endpoint: new URL(QueueUrl).origin });
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  const { QueueArn: arn = "" } = (await client.send(asked)).Attributes ?? {};
  let stopping = false;
  let handled = 0;
  const invoke = async (messages: readonly Message[]): Promise<void> => {
    const event = { Records: messages.map((message) => recordOf(message, arn)) };
    const { batchItemFailures } = await handler(event, contextOf(timeoutSeconds));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId = "" }) => !failed.has(MessageId));
    const Entries = done.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle }));
    if (done.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    handled += done.length;
  };
  const poll = async (): Promise<void> => {
    while (!stopping) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ["All"],
      });
      const { Messages: messages = [] } = await client.send(command);
      // A batch that throws comes again, as on Lambda, once its messages are visible.
      if (messages.length > 0) await invoke(messages).catch(console.error);
    }
  };
  const polled = poll();
  return {
    get handled() {
      return handled;
    },
    stop: async () => {
      stopping = true;
      await polled;
      client.destroy();
    },
  };
}
