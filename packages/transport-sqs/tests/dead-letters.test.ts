import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeHost, createNodeRuntime, systemClock } from "@pawl/host-node";
import { createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { freshQueue } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { createSqsTransport } from "@pawl/transport-sqs";
import { expect, it, vi } from "vitest";
import { newClient } from "./clients.ts";

const RECEIVES_MAX = 2;
/** Maintenance dispatches again what nobody has claimed for half a minute. */
const LOST_AFTER_MS = 31_000;
/** So long between looks into the store that whatever ends in time was brought by the queue. */
const SELDOM_MS = 20_000;

describeOn("a queue with a dead-letter queue", await sqs(), (server) => {
  it("loses no run by it: maintenance dispatches again what went there [146]", async () => {
    const client = newClient(server);
    const dead = await freshQueue(server);
    const queue = await freshQueue(server, await redriveTo(client, dead.url));
    const { kernel, transport, bodies, later, startHost } = fleetOn(client, queue.url);

    const { workflowRunId } = await kernel.dispatch({ type: "run.create", workflowId: "greet" });
    await kernel.handedOver();
    for (let receive = 1; receive <= RECEIVES_MAX; receive++) {
      const [given] = await transport.dequeue({ workerId: "deaf", limit: 1, waitMs: 1_000 });
      await transport.nack(given?.receipt ?? "", { delayMs: 0 });
    }
    expect(await transport.dequeue({ workerId: "deaf", limit: 1, waitMs: 0 })).toEqual([]);
    const letter = await onlyMessage(client, dead.url);
    expect(JSON.parse(letter)).toMatchObject({ workflowRunId, workflowId: "greet" });
    expect(await kernel.query.getRun(workflowRunId)).toMatchObject({ status: "running" });

    later(LOST_AFTER_MS);
    expect(await messagesIn(client, queue.url)).toBe(0);
    expect(await kernel.maintain({ thorough: false })).toMatchObject({ dispatched: 1 });
    await kernel.handedOver();
    expect(await messagesIn(client, queue.url)).toBe(1);
    const host = await startHost();
    await vi.waitFor(
      async () => {
        const run = await kernel.query.getRun(workflowRunId);
        expect(run).toMatchObject({ status: "completed", output: "hello" });
      },
      { timeout: SELDOM_MS / 2 },
    );
    expect(bodies).toEqual(["hello"]);

    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: letter }));
    await vi.waitFor(() => expect(host.getStats().ghosts).toMatchObject({ finished: 1 }), {
      timeout: SELDOM_MS / 2,
    });
    expect(bodies).toEqual(["hello"]);

    await transport.close();
    await host.stop();
    for (const { drop } of [queue, dead]) await drop();
    client.destroy();
  });
});

/** A kernel whose jobs the queue carries, in a time that can be moved on, and its host. */
function fleetOn(client: SQSClient, queueUrl: string) {
  let aheadMs = 0;
  const clock = {
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  };
  const bodies: string[] = [];
  const greet = defineWorkflow({
    id: "greet",
    run: (ctx) =>
      ctx.step("say", () => {
        bodies.push("hello");
        return "hello";
      }),
  });
  const transport = createSqsTransport({ queueUrl, client, clock });
  const shared = { clock, runtime: createNodeRuntime(), logger: { log: () => {} } };
  const kernel = createKernel({
    ...shared,
    persistence: createMemoryPersistence({ clock }),
    blobStore: createMemoryBlobStore(),
    registry: createRegistry([greet]),
    jobTransport: transport,
    ids: createIdSource(),
  });
  return {
    kernel,
    transport,
    bodies,
    later: (ms: number) => {
      aheadMs += ms;
    },
    startHost: async () => {
      const host = createNodeHost({
        ...shared,
        kernel,
        jobTransport: transport,
        workerId: "w",
        handleSignals: false,
        jobPollIntervalMs: SELDOM_MS,
      });
      await host.start();
      return host;
    },
  };
}

async function attribute(
  client: SQSClient,
  QueueUrl: string,
  name: "QueueArn" | "ApproximateNumberOfMessages",
): Promise<string> {
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] });
  return (await client.send(asked)).Attributes?.[name] ?? "";
}

const messagesIn = async (client: SQSClient, url: string): Promise<number> =>
  Number(await attribute(client, url, "ApproximateNumberOfMessages"));

/** Attributes of a queue whose messages go there after so many receives. */
async function redriveTo(client: SQSClient, url: string): Promise<Record<string, string>> {
  const deadLetterTargetArn = await attribute(client, url, "QueueArn");
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: RECEIVES_MAX }) };
}

async function onlyMessage(client: SQSClient, QueueUrl: string): Promise<string> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
  const { Messages = [] } = await client.send(command);
  expect(Messages).toHaveLength(1);
  return Messages[0]?.Body ?? "";
}
