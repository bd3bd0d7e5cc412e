import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { SQS_ACCESS } from "@pawl/services";
import type { Engine, EngineOptions, OpenEngine } from "../engine.ts";
import { Gathered } from "./gathered.ts";
import { makeQueue, queueUrlOf } from "./sqs-broker.ts";

const BATCH = 10;
const WAIT_SECONDS = 20;

export const bareSqsEngine: Engine = {
  name: "bare-sqs",
  store: "transports",
  title: "bare SQS, emulated",
  package: "@aws-sdk/client-sqs",
  settings:
    "no engine, the emulator's limit: messages sent by up to ten, received and deleted by ten in " +
    "as many loops as it takes to have as many at once as Pawl runs",
  operationsMax: 0,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare: makeQueue,
  open,
};

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { place, concurrency } = options;
  const QueueUrl = queueUrlOf(place);
  const client = new SQSClient({ ...SQS_ACCESS, endpoint: new URL(QueueUrl).origin });
  const closing = new AbortController();
  const sends = new Gathered<object>(BATCH, async (inputs) => {
    const Entries = inputs.map((input, i) => ({ Id: `${i}`, MessageBody: JSON.stringify(input) }));
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed?.length) throw new Error(`${Failed.length} messages were refused`);
  });
  let completed = 0;
  const round = async (): Promise<void> => {
    const receive = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: WAIT_SECONDS };
    const received = new ReceiveMessageCommand(receive);
    const { Messages = [] } = await client.send(received, { abortSignal: closing.signal });
    for (const _ of Messages) options.witness.entered?.(0);
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    completed += Entries.length;
  };
  const consume = async (): Promise<void> => {
    while (!closing.signal.aborted) await round().catch(unlessAborted(closing.signal));
  };
  const loops = options.worker ? Math.ceil(concurrency / BATCH) : 0;
  for (let i = 0; i < loops; i += 1) void consume();
  return {
    start: async (_, input) => {
      await sends.add(input);
      return { result: () => Promise.reject(new Error("messages have no result")) };
    },
    completed: async () => completed,
    close: async () => {
      closing.abort();
      client.destroy();
    },
  };
}

const unlessAborted =
  (signal: AbortSignal) =>
  (error: unknown): void => {
    if (!signal.aborted) console.error(error);
  };
