import { connect } from "node:net";
import { text } from "node:stream/consumers";
import {
  freshQueue,
  isSkipped,
  type OwnServer,
  privateRedis,
  privateSqs,
  type Skipped,
  SQS_ACCESS,
} from "@pawl/services";
import type { QueueName } from "./options.ts";

/** What carries the jobs of a fleet, on a server that only it uses. */
export interface QueueOfFleet {
  /** Value of `PAWL_QUEUE_URL`. */
  readonly url: string;
  /** What else workers need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly own: OwnServer;
  /** Forgets every job. */
  clear(): Promise<void>;
}

/** Calls `tell` with a queue on a server of its own, or with none where the database is it. */
export async function onQueue<T>(
  name: QueueName,
  tell: (queue: QueueOfFleet | undefined) => Promise<T>,
): Promise<T> {
  if (name === "sql") return tell(undefined);
  const server = await START[name]();
  if (isSkipped(server)) throw new Error(`no ${name} here: ${server.skipped}`);
  try {
    return await tell(await QUEUE[name](server));
  } finally {
    await server.remove();
  }
}

type OnServer = Exclude<QueueName, "sql">;

const START: { readonly [name in OnServer]: () => Promise<OwnServer | Skipped> } = {
  redis: privateRedis,
  sqs: privateSqs,
};

const QUEUE: { readonly [name in OnServer]: (own: OwnServer) => Promise<QueueOfFleet> } = {
  redis: async (own) => ({ own, url: own.url, environment: {}, clear: () => flush(own) }),
  sqs: async (own) => {
    const queue = await freshQueue(own);
    const { region, credentials } = SQS_ACCESS;
    const environment = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const clear = (): Promise<void> => purge(own, queue.url);
    return { own, url: `sqs+${queue.url}?region=${region}`, environment, clear };
  },
};

async function flush({ port }: OwnServer): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.end("FLUSHALL\r\nQUIT\r\n");
  const said = await text(socket);
  if (!said.startsWith("+OK")) throw new Error(`Redis would not forget its jobs: ${said}`);
}

async function purge({ url }: OwnServer, queueUrl: string): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.PurgeQueue",
    },
    body: JSON.stringify({ QueueUrl: queueUrl }),
  });
  if (!answer.ok) throw new Error(`SQS would not forget its jobs: ${await answer.text()}`);
}
