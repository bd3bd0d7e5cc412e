import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { LambdaContext, SqsBatchResponse, SqsEvent } from "../../src/lambda/index.ts";
import { scheduledEvent, sqsEvent, sqsRecord } from "./events.ts";

/** One handler for each copy of the function. */
type Handler = (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse>;

export interface EventSourceParts {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly handlers: readonly Handler[];
  /** Called before each look into the queue, as a rule of EventBridge does each minute. */
  readonly onSchedule?: (event: unknown, context: LambdaContext) => Promise<unknown>;
}

/** Does what Lambda does for a queue, until it is told to stop. */
export interface EventSource {
  /** Messages that handlers reported as failed. */
  readonly failures: number;
  /** Resolves when the queue has brought nothing more. */
  drained(): Promise<void>;
}

const BATCH = 10;
const INVOCATION_MS = 60_000;

/** Receives, calls a handler, and deletes what did not fail: one poll for each copy. */
export function startEventSource(parts: EventSourceParts): EventSource {
  const { client, queueUrl, handlers, onSchedule } = parts;
  let failures = 0;
  let stopping = false;
  const receive = async (): Promise<readonly Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ["MessageGroupId"],
    });
    return (await client.send(command)).Messages ?? [];
  };
  const remove = async (messages: readonly Message[]): Promise<void> => {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  };
  const poll = async (handler: Handler): Promise<void> => {
    for (;;) {
      await onSchedule?.(scheduledEvent, context());
      const messages = await receive();
      if (messages.length === 0 && stopping) return;
      if (messages.length === 0) continue;
      const { batchItemFailures } = await handler(eventOf(messages), context());
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      failures += failed.size;
      await remove(messages.filter(({ MessageId = "" }) => !failed.has(MessageId)));
    }
  };
  const polls = handlers.map(poll);
  return {
    get failures() {
      return failures;
    },
    async drained() {
      stopping = true;
      await Promise.all(polls);
    },
  };
}

const eventOf = (messages: readonly Message[]): SqsEvent =>
  sqsEvent(
    ...messages.map(({ MessageId = "", Body, Attributes }) =>
      sqsRecord(MessageId, Body, Attributes?.MessageGroupId),
    ),
  );

export function context(): LambdaContext {
  const until = performance.now() + INVOCATION_MS;
  return { getRemainingTimeInMillis: () => until - performance.now() };
}
